import { z } from 'zod';
import { choice, httpUrl, list, path, text } from '../fields.js';

/** `arpo-env setup-vm`: what a fresh Ubuntu or Debian gets. */
export const setupSchema = z.strictObject({
  dockerSource: choice(['docker', 'distro', 'present'])
    .prefault('docker')
    .describe("Docker Engine from Docker's apt repository, from the distribution's own, or left as it is."),
  dockerAptUrl: httpUrl('https://mirror.example/docker')
    .prefault('https://download.docker.com/linux')
    .describe("Where Docker's apt repository is, or a mirror of it; the distribution's name follows."),
  repoUrl: text('a git URL or path', /^[^-\s]\S*$/)
    .optional()
    .describe('Repository with the Python env server and OSWorld as a submodule. Unset: none is cloned.'),
  repoBranch: text('a branch', /^[^-\s]\S*$/)
    .optional()
    .describe("Branch of that repository. Unset: the remote's default."),
  repoDir: path('a path').prefault('~/arpo_remote_env').describe('Where the repository is cloned to.'),
  skipPackages: list(text('a package'), 'names of Python packages')
    .prefault(['vllm', 'flash-attn', 'liger-kernel'])
    .describe('Requirements that need a GPU and are not installed on the env machine.'),
  pipIndexUrl: httpUrl('https://pypi.example/simple')
    .optional()
    .describe("Index of Python packages, or a mirror of it. Unset: pip's own setting."),
  evaluators: choice(['none', 'core', 'all'])
    .prefault('core')
    .describe(
      "Which of OSWorld's own evaluators are installed: core takes 1 GB and scores nearly all tasks, all another 1.4 GB.",
    ),
  qcow2Url: httpUrl('https://images.example/Ubuntu.qcow2.zip')
    .prefault('https://huggingface.co/datasets/xlangai/ubuntu_osworld/resolve/main/Ubuntu.qcow2.zip')
    .describe("Where the guest's disk is downloaded from, zipped or as it is."),
  qcow2Sha256: text('64 hexadecimal digits', /^[\da-fA-F]{64}$/)
    .optional()
    .describe('SHA-256 of the file at that URL. Unset: only the checksums within the zip are checked.'),
  qcow2Dir: path('a path').prefault('~/VMs').describe("Folder that the guest's disk is unpacked into."),
  nodeUrl: httpUrl('https://mirror.example/node')
    .prefault('https://nodejs.org/dist')
    .describe('Where `setup-vm --host` downloads Node from when the machine has none.'),
});

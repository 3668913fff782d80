import { z } from 'zod';
import { bindAddress, boolean, choice, integer, list, path, port, secret, size, text } from '../fields.js';

/** OSWorld's QEMU image in Docker; the figures are OSWorld's own. */
const dockerSchema = z.strictObject({
  image: text('an image name such as happysixd/osworld-docker')
    .prefault('happysixd/osworld-docker')
    .describe('Docker image of the desktop; pulled when missing.'),
  qcow2: path('the path of a .qcow2 file')
    .optional()
    .describe("The guest's disk, mounted read-only. Needed by images that boot a VM."),
  ramSize: size().prefault('4G').describe('Memory of the guest.'),
  cpuCores: integer(1, 256).prefault(4).describe('Cores of the guest.'),
  diskSize: size().prefault('32G').describe("Size that the guest's disk may grow to."),
  publishAddress: bindAddress()
    .prefault('127.0.0.1')
    .describe(
      "Address of Docker's machine on which desktops are reached. Nothing there asks for a password.",
    ),
});

const vmwareSchema = z.strictObject({
  vmx: path('the path of a .vmx file')
    .optional()
    .describe('The virtual machine that is the desktop. Where several are wanted, linked clones of it are.'),
  folder: path('the path of a folder')
    .optional()
    .describe(
      'A folder with virtual machines, instead of vmx: each is a desktop as it is. Unset: there is none.',
    ),
  snapshot: text('the name of a snapshot')
    .prefault('init_state')
    .describe('The snapshot that every episode begins from; taken when a machine has none of that name.'),
  vmrun: path('the path of vmrun')
    .optional()
    .describe("VMware's vmrun. Unset: it is looked for on PATH and where Fusion and Workstation keep it."),
  gui: boolean().prefault(false).describe("Show the machines' windows."),
  clones: path('the path of a folder')
    .optional()
    .describe(
      "Folder for clones; each takes as much room as its memory, and what it writes. Unset: in this user's data.",
    ),
  watchPort: port()
    .optional()
    .describe('Port in the guest of a page on which a person watches, such as noVNC. Unset: there is none.'),
});

const awsSchema = z.strictObject({
  region: text('a region such as us-east-1')
    .optional()
    .describe('Region of the desktop instances. Unset: that of the instance on which the env server runs.'),
  subnetIds: list(text('a subnet id', /^subnet-\w+$/), 'subnet ids such as subnet-0123456789abcdef0')
    .prefault([])
    .describe(
      'Subnets of the desktop instances, tried in order; the env server must reach addresses there. Empty: the subnet of the instance on which it runs.',
    ),
  securityGroupIds: list(
    text('a security group id', /^sg-\w+$/),
    'security group ids such as sg-0123456789abcdef0',
  )
    .prefault([])
    .describe(
      'Security groups of the desktop instances; they must admit the env server on 5000, 9222, 5910 and 8080. Empty: those of the instance on which it runs.',
    ),
  instanceTypes: list(
    text('an instance type', /^[a-z0-9-]+\.[a-z0-9-]+$/),
    'instance types such as t3.xlarge',
  )
    .prefault(['t3.xlarge'])
    .describe('Instance types, tried in order where EC2 has none left of the first in any of the subnets.'),
  ami: text('an AMI id such as ami-0123456789abcdef0', /^ami-\w+$/)
    .optional()
    .describe("Image of the desktops. Unset: OSWorld's own, which there is for some regions and 1920×1080."),
  address: choice(['private', 'public'])
    .prefault('private')
    .describe(
      'By which address desktops are reached. private: the env server is in their VPC; public: each gets a public address.',
    ),
  market: choice(['on-demand', 'spot'])
    .prefault('on-demand')
    .describe('How instances are bought; EC2 may end spot ones at any time, and the episode with them.'),
  enableTtl: boolean()
    .prefault(true)
    .describe('Whether each instance has an end, which its env server puts off as long as it lives.'),
  ttlMinutes: integer(10, 43_200)
    .prefault(180)
    .describe('Minutes that an instance outlives the last sign of its env server.'),
  schedulerRoleArn: text('the ARN of an IAM role', /^arn:[\w-]+:iam::\d+:role\/\S+$/)
    .optional()
    .describe(
      'Role by which EventBridge Scheduler ends instances even when nothing of ours runs any more. Unset: the next serve, stop or doctor ends them.',
    ),
});

const remoteSchema = z.strictObject({
  baseUrls: list(
    text('a server').transform(addressAt('50003', (href) => href.replace(/\/$/, ''))),
    'servers such as http://192.0.2.10:50003',
  )
    .prefault([])
    .describe('Pool servers that hand out desktops, in the order in which they are asked.'),
  token: secret('a token without blanks')
    .optional()
    .describe('Token for the pool servers. Better kept in OSWORLD_TOKEN.'),
});

const localSchema = z.strictObject({
  // With less not even a display starts, or Chromium is what ends.
  ramSize: size('512M')
    .prefault('4G')
    .describe('Memory of each desktop, where control groups allow a limit.'),
  cpuCores: integer(1, 256).prefault(2).describe('Cores of each desktop, likewise.'),
  vnc: boolean().prefault(false).describe('Serve each desktop over VNC, so that a person can watch.'),
  confine: choice(['on', 'off'])
    .prefault('on')
    .describe('A sandbox for each desktop. Without it, what a model does there it does to this machine.'),
});

const attachSchema = z.strictObject({
  agents: list(
    text('a URL').transform(addressAt('5000', (href) => href.replace(/\/*$/, '/'))),
    'guest agents such as http://192.0.2.7:5000',
  )
    .prefault([])
    .describe('URLs of the guest agents; each env takes one that is free.'),
  cdpPort: port().prefault(9222).describe("Port of Chrome's CDP on each agent's host."),
  watchPort: port()
    .optional()
    .describe(
      'Port of the page on which a person watches, likewise; OSWorld images have one on 8006. Unset: there is none.',
    ),
  vlcPort: port().prefault(8080).describe("Port of VLC's HTTP interface, likewise."),
  resetCommand: list(text('a word of a command'), 'the words of a command')
    .prefault([])
    .describe(
      'Command that brings a desktop back to its initial state and returns when it has; {agent} and {host} are filled in. It is run without a shell. Empty: nothing is brought back between episodes.',
    ),
  resetUrl: text('an http(s) URL', /^https?:\/\//)
    .optional()
    .describe('URL to which a POST does the same, with the same names filled in.'),
});

/** Settings of each provider; only those of the chosen one are used. */
export const providersSchema = z.strictObject({
  docker: dockerSchema.prefault({}).describe("OSWorld's image in Docker."),
  vmware: vmwareSchema.prefault({}).describe('A virtual machine of VMware Fusion or Workstation.'),
  aws: awsSchema.prefault({}).describe('One EC2 instance per desktop.'),
  remote: remoteSchema.prefault({}).describe('Desktops from pool servers elsewhere.'),
  attach: attachSchema.prefault({}).describe('Desktops that run already, each with a guest agent.'),
  local: localSchema.prefault({}).describe('X desktops on this Linux machine, without a VM.'),
});

/** As OSWorld's clients read addresses: one without a scheme is http, and http without a port is at `port`. `end`: how it ends. */
function addressAt(port: string, end: (href: string) => string) {
  return (value: string, context: z.RefinementCtx<string>): string => {
    const withScheme = /^[a-z]+:\/\//i.test(value) ? value : `http://${value}`;
    const explicitPort = /^\w+:\/\/[^/]*:\d+(\/|$)/.test(withScheme);
    if (URL.canParse(withScheme) && /^https?:/.test(withScheme)) {
      const url = new URL(withScheme);
      if (!explicitPort && url.protocol === 'http:') url.port = port;
      return end(url.href);
    }
    context.addIssue({ code: 'custom', input: value });
    return z.NEVER;
  };
}

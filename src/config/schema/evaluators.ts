import { z } from 'zod';
import { boolean, choice, duration, httpUrl, integer, path, size } from '../fields.js';

/** Who scores episodes: our own metrics, and OSWorld's own evaluators in Python workers. */
export const evaluatorsSchema = z.strictObject({
  engine: choice(['auto', 'native', 'osworld'])
    .prefault('auto')
    .describe(
      "Who scores. auto: our own metrics where a task needs no library, else OSWorld's own. native, osworld: that one alone.",
    ),
  unscorable: choice(['refuse', 'play'])
    .prefault('refuse')
    .describe(
      'What a reset does with a task that nobody can score here. refuse: answers 501 before anything boots. play: begins the episode; evaluate then answers 501.',
    ),
  osworld: path('the path of a clone')
    .optional()
    .describe(
      "Clone of OSWorld whose evaluators score: the version that your run is judged by. Unset: PyPI's desktop-env, which `arpo-env evaluators install` brings.",
    ),
  dir: path('a path')
    .optional()
    .describe(
      'Folder of the Python environment that the evaluators run in. Unset: arpo-env/evaluators in XDG_DATA_HOME or ~/.local/share.',
    ),
  indexUrl: httpUrl('https://pypi.example/simple')
    .optional()
    .describe(
      "Index of Python packages that they are installed from, or a mirror of it. Unset: pip's own setting.",
    ),
  torchIndexUrl: httpUrl('https://pypi.example/torch-cpu')
    .prefault('https://download.pytorch.org/whl/cpu')
    .describe(
      'Index that the set `all` takes PyTorch from, or a mirror of it: one with builds for machines without a GPU, which are ten times smaller.',
    ),
  workers: integer(1, 64).prefault(2).describe("How many of OSWorld's evaluations run at once; others wait."),
  timeLimit: duration().prefault('180s').describe('How long one metric or getter of OSWorld may take.'),
  memoryLimit: size().prefault('4G').describe("How much memory one evaluation of OSWorld's may take."),
  confine: boolean()
    .prefault(true)
    .describe(
      "Run OSWorld's evaluators in a sandbox: they read files that a model made, and some tasks run its code. Without it a hostile file reaches what you reach.",
    ),
});

import { flagLayer, mergeRecords, nested, type RawConfig, valueAt } from './layers.js';
import { type ConfigField, type ConfigSection, configOutline, fieldsOf } from './outline.js';
import { configSchema } from './schema.js';

/** What differs from one topology to the next; all else has a default that fits most. */
const QUESTIONS: Readonly<Record<string, string>> = {
  // The names that the schema keeps for later are not offered.
  provider: 'Where do desktops come from? (auto, docker, vmware, aws, local, attach, sim)',
  'providers.attach.agents': 'Which guest agents, such as http://192.0.2.7:5000, with commas between them?',
  'server.port': 'Port of the env server on this machine?',
  'tunnel.host': 'SSH host of the cluster, empty if it reaches this machine without a tunnel?',
  'tunnel.remotePort': 'Port on the cluster at which the trainer finds it?',
};

/** Of the providers' settings, only those of the chosen one are asked for. */
function isOfOtherProvider(path: string, settings: RawConfig): boolean {
  const [section, provider] = path.split('.');
  return section === 'providers' && provider !== valueAt(settings, 'provider');
}

type Ask = (question: string) => Promise<string>;

/** The settings of a new config file: `given` and the answers to what it does not say. A wrong answer is asked for again. */
export async function interview(given: RawConfig, ask: Ask): Promise<RawConfig> {
  const outline = configOutline();
  const fields = fieldsOf(outline).filter(
    ({ path }) => path in QUESTIONS && valueAt(given, path) === undefined,
  );
  let settings = given;
  for (const field of fields) {
    if (isOfOtherProvider(field.path, settings)) continue;
    const answer = await answerFor(outline, field, ask);
    if (answer !== '') settings = mergeRecords(settings, nested(field.path, settingOf(field, answer)));
  }
  return settings;
}

/** Empty when the default is taken. */
async function answerFor(outline: ConfigSection, field: ConfigField, ask: Ask): Promise<string> {
  const fallback = field.default === undefined || field.kind === 'list' ? '' : ` [${field.default}]`;
  let question = `${QUESTIONS[field.path]}${fallback} `;
  for (;;) {
    const answer = (await ask(question)).trim();
    if (answer === '') return answer;
    const { values } = flagLayer(outline, nested(field.path, settingOf(field, answer)), '.');
    if (configSchema.safeParse(values).success) return answer;
    question = `not allowed; allowed: ${field.allowed}${fallback} `;
  }
}

function settingOf({ kind }: ConfigField, answer: string): string | string[] {
  return kind === 'list' ? answer.split(',').map((item) => item.trim()) : answer;
}

import { explainApt, installPackages, missingPackages } from '../apt.js';
import type { SetupContext, Step } from '../step.js';

const ALWAYS = ['ca-certificates', 'curl', 'unzip'];
/** Some of OSWorld's requirements come as source (evdev, for one) and are compiled against Python's headers. */
const FOR_REPO = ['git', 'python3', 'python3-venv', 'python3-dev', 'build-essential'];

/** What later steps call. */
export const packages: Step = {
  id: 'packages',
  title: 'Tools of the distribution',
  needs: ['preflight'],
  async inspect(context) {
    const missing = await missingPackages(wanted(context), context);
    if (missing.length > 0) return { state: 'needed', why: `${missing.join(', ')} not installed` };
    return { state: 'done', note: `${wanted(context).join(', ')} installed` };
  },
  plan: async (context) => installPackages(await missingPackages(wanted(context), context), context),
  explain: explainApt,
};

function wanted({ settings }: SetupContext): string[] {
  return settings.repo === null ? ALWAYS : [...ALWAYS, ...FOR_REPO];
}

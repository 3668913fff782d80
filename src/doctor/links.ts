/** The chain from the desktop to the trainer, nearest link first: the report's groups, and the order of the verdict. */
export const LINKS = [
  { id: 'config', title: 'config' },
  { id: 'machine', title: 'machine' },
  { id: 'desktop', title: 'desktop' },
  { id: 'repo', title: 'repository' },
  { id: 'agent', title: 'guest agent' },
  { id: 'evaluators', title: 'evaluators' },
  { id: 'server', title: 'env server' },
  { id: 'bind', title: 'bind address' },
  { id: 'firewall', title: 'firewall' },
  { id: 'cloud', title: 'AWS network' },
  { id: 'ssh', title: 'SSH' },
  { id: 'tunnel', title: 'tunnel' },
  { id: 'cluster', title: 'cluster' },
  { id: 'trainer', title: 'trainer' },
] as const;

export type LinkId = (typeof LINKS)[number]['id'];

export function linkTitle(id: LinkId): string {
  return LINKS.find((link) => link.id === id)?.title ?? id;
}

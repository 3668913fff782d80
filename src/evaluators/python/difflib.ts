/** `difflib.SequenceMatcher(a, b).ratio()`, with its autojunk heuristic, which changes the result for 200 elements and more. */

/** 2·M/T: M elements in matching blocks, T elements altogether; 1.0 for two empty sequences. */
export function similarityRatio(first: readonly string[], second: readonly string[]): number {
  const total = first.length + second.length;
  if (total === 0) return 1;
  const positions = indexElements(second);
  let matches = 0;
  const open: Range[] = [{ firstLow: 0, firstHigh: first.length, secondLow: 0, secondHigh: second.length }];
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    const block = longestMatch(first, second, positions, range);
    if (block.size === 0) continue;
    matches += block.size;
    open.push({ ...range, firstHigh: block.first, secondHigh: block.second });
    open.push({ ...range, firstLow: block.first + block.size, secondLow: block.second + block.size });
  }
  return (2 * matches) / total;
}

interface Range {
  firstLow: number;
  firstHigh: number;
  secondLow: number;
  secondHigh: number;
}

interface Block {
  first: number;
  second: number;
  size: number;
}

/** Where each element occurs, without the popular ones: those of a long sequence that occur in more than 1 % + 1 places. */
function indexElements(sequence: readonly string[]): Map<string, number[]> {
  const positions = new Map<string, number[]>();
  sequence.forEach((element, index) => {
    const known = positions.get(element);
    if (known) known.push(index);
    else positions.set(element, [index]);
  });
  if (sequence.length < 200) return positions;
  const limit = Math.floor(sequence.length / 100) + 1;
  return new Map([...positions].filter(([, places]) => places.length <= limit));
}

/** The longest block within `range`; the earliest in `first`, then in `second`, of equally long ones. */
function longestMatch(
  first: readonly string[],
  second: readonly string[],
  positions: ReadonlyMap<string, readonly number[]>,
  range: Range,
): Block {
  let best: Block = { first: range.firstLow, second: range.secondLow, size: 0 };
  let lengths = new Map<number, number>();
  for (let i = range.firstLow; i < range.firstHigh; i += 1) {
    const next = new Map<number, number>();
    for (const j of positions.get(first[i] ?? '') ?? []) {
      if (j < range.secondLow) continue;
      if (j >= range.secondHigh) break;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best.size) best = { first: i - size + 1, second: j - size + 1, size };
    }
    lengths = next;
  }
  return extend(first, second, best, range);
}

/** Popular elements are not the start of a block, but they may belong to one. */
function extend(first: readonly string[], second: readonly string[], block: Block, range: Range): Block {
  let { first: i, second: j, size } = block;
  while (i > range.firstLow && j > range.secondLow && first[i - 1] === second[j - 1]) {
    i -= 1;
    j -= 1;
    size += 1;
  }
  while (i + size < range.firstHigh && j + size < range.secondHigh && first[i + size] === second[j + size])
    size += 1;
  return { first: i, second: j, size };
}

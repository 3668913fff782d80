/** Tasks that need nothing of a desktop. */

/** Scored 1 by an agent that ends with call_user (FAIL), 0 otherwise. */
export const INFEASIBLE_TASK = {
  id: 'infeasible',
  instruction: 'Do what cannot be done.',
  config: [],
  evaluator: { func: 'infeasible' },
};

/** As INFEASIBLE_TASK, told apart by its id. */
export function taskNamed(id: string, more: object = {}) {
  return { ...INFEASIBLE_TASK, id, ...more };
}

export const CLICK = "Thought: I will click.\nAction: click(start_box='(100,200)')";
export const WAIT = 'Thought: not yet.\nAction: wait()';
export const FINISHED = "Thought: done.\nAction: finished(content='')";
export const CALL_USER = 'Thought: impossible.\nAction: call_user()';

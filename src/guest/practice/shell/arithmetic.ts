/** `$((…))`: whole numbers, variables, + - * / % and parentheses. */
import { ShellSyntaxError } from './syntax.js';

/** `variable` gives the text of a name. Throws ShellSyntaxError. */
export function evaluateArithmetic(expression: string, variable: (name: string) => string): number {
  const tokens = expression.match(/\d+|[A-Za-z_]\w*|\S/g) ?? [];
  let at = 0;
  const take = (...operators: string[]) => (operators.includes(tokens[at] ?? '') ? tokens[at++] : undefined);
  const fail = () => new ShellSyntaxError(`${expression}: arithmetic syntax error`);

  const sum = (): number => {
    let value = product();
    for (let operator = take('+', '-'); operator; operator = take('+', '-')) {
      value += operator === '+' ? product() : -product();
    }
    return value;
  };
  const product = (): number => {
    let value = factor();
    for (let operator = take('*', '/', '%'); operator; operator = take('*', '/', '%')) {
      const right = factor();
      if (operator !== '*' && right === 0) throw new ShellSyntaxError(`${expression}: division by 0`);
      value = operator === '*' ? value * right : operator === '/' ? Math.trunc(value / right) : value % right;
    }
    return value;
  };
  const factor = (): number => {
    if (take('-')) return -factor();
    if (take('+')) return factor();
    if (take('(')) {
      const value = sum();
      if (!take(')')) throw fail();
      return value;
    }
    take('$');
    const token = tokens[at++] ?? '';
    if (!/^\w+$/.test(token)) throw fail();
    const text = /^\d/.test(token) ? token : variable(token).trim();
    if (text !== '' && !/^-?\d+$/.test(text)) throw fail();
    return Number(text);
  };

  if (tokens.length === 0) return 0;
  const value = sum();
  if (at < tokens.length) throw fail();
  return value;
}

/**
 * Finds the handler of an operation in a table that was typed where it was written; here only the operation's name is
 * known, so the caller says what kind of handler the table has.
 * @throws Error if the table does not have it.
 */
export function handlerOf<H>(handlers: object, operationId: string): H {
  const handler = (handlers as Readonly<Record<string, H>>)[operationId];
  if (!handler) throw new Error(`no handler for ${operationId}`);
  return handler;
}

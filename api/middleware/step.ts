import type { Request, RequestHandler, Response } from 'express';

/** Runs one piece of middleware as a step of a longer function. */
export async function runStep(middleware: RequestHandler, request: Request, response: Response): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    Promise.resolve(middleware(request, response, (error?: unknown) => (error ? reject(error) : resolve()))).catch(
      reject,
    );
  });
}

import type { Command } from '@oclif/core';
import type { CreateTokenResponse } from '../sdk/wire.ts';
import { BaseCommand } from './base-command.ts';

/** Commands that create a token. */
export abstract class TokenCommand<T extends typeof Command> extends BaseCommand<T> {
  /** Shows a new token with its secret, which nobody can see again. */
  protected showSecret(answer: CreateTokenResponse): CreateTokenResponse {
    this.printSuccess(`Created token: ${answer.token_details.id}`);
    this.printSuccess(`Secret: ${answer.secret}`, 'keep it; it is not shown again', 'use it: gofer login');
    return answer;
  }
}

import { type Request } from 'express';
import { operatorHeader } from '../sign-in/gate';
import { ApiError } from './api-error';

/** Who is signed in. The gate has put the name there; without it a route was reached past the gate, and is refused. */
export function operatorOf(request: Request): string {
  const name = request.headers[operatorHeader];
  if (typeof name === 'string' && name !== '') return name;
  throw new ApiError('NOT_SIGNED_IN');
}

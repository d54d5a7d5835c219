import { BadRequestException, type PipeTransform } from '@nestjs/common';
import { type z } from 'zod';

/** Checks a body, query or parameter. A refusal (400) names the field and never repeats the value. */
export class ZodBody<T> implements PipeTransform<unknown, T> {
  constructor(
    private readonly schema: z.ZodType<T>,
    private readonly whole = 'body',
  ) {}

  transform(value: unknown): T {
    // Express leaves the body undefined when the request has none.
    const result = this.schema.safeParse(value ?? {});
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    const path = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : (issue?.path.join('.') ?? '');
    const field = path === '' ? this.whole : path;
    throw new BadRequestException({
      code: 'invalidField',
      field,
      message: `${field}: ${issue?.message ?? 'is not usable'}`,
    });
  }
}

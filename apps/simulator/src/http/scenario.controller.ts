import { BadRequestException, Body, Controller, Delete, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { readScenario, readScenarioText } from '../scenario/scenario-file';
import { Scenarios } from '../scenario/scenarios';
import { throwIfRefused } from './refusals';

/** Load by scenario: the body of POST is YAML (`content-type: application/yaml`) or JSON. */
@Controller('scenario')
export class ScenarioController {
  constructor(@Inject(Scenarios) private readonly scenarios: Scenarios) {}

  @Get()
  show() {
    return this.scenarios.view;
  }

  @Post()
  @HttpCode(200)
  start(@Body() body: unknown) {
    const reading = typeof body === 'string' ? readScenarioText(body) : readScenario(body);
    if (reading.kind === 'faulty') {
      const { line, field, sentence } = reading.problems[0];
      const place = line === 0 ? field : `line ${line}, ${field}`;
      throw new BadRequestException({
        code: 'invalidScenario',
        field,
        ...(line === 0 ? {} : { line }),
        message: `${place}: ${sentence}`,
      });
    }
    throwIfRefused(this.scenarios.start(reading.scenario));
    return this.scenarios.view;
  }

  @Delete()
  stop() {
    this.scenarios.stop();
    return this.scenarios.view;
  }
}

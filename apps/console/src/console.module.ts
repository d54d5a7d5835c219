import { type DynamicModule, Module } from '@nestjs/common';
import { AgentsController } from './api/agents.controller';
import { EventsController } from './api/events.controller';
import { LossesController } from './api/losses.controller';
import { RejectedController } from './api/rejected.controller';
import { SessionsController } from './api/sessions.controller';
import { SidesController } from './api/sides.controller';
import { WithoutDesktopController } from './api/without-desktop.controller';
import { ConsoleParts } from './console-parts';
import { ConsoleMetrics } from './operations/console-metrics';
import { HealthController } from './operations/health.controller';
import { MetricsController } from './operations/metrics.controller';

@Module({})
export class ConsoleModule {
  static with(parts: ConsoleParts): DynamicModule {
    const metrics = new ConsoleMetrics({
      read: async () => (await parts.reader.read()).overview,
      journalLength: () => parts.journalLength(),
    });
    return {
      module: ConsoleModule,
      controllers: [
        AgentsController,
        LossesController,
        SidesController,
        SessionsController,
        WithoutDesktopController,
        RejectedController,
        EventsController,
        HealthController,
        MetricsController,
      ],
      providers: [
        { provide: ConsoleParts, useValue: parts },
        { provide: ConsoleMetrics, useValue: metrics },
      ],
    };
  }
}

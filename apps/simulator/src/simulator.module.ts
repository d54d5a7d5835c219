import { type DynamicModule, Module } from '@nestjs/common';
import { type Config } from '#config/table';
import { DesktopTokens } from './desktops/desktop-tokens';
import { Desktops } from './desktops/desktops';
import { EventFeed } from './event-feed';
import { AgentsController } from './http/agents.controller';
import { CallsController } from './http/calls.controller';
import { ControlController } from './http/control.controller';
import { DesktopsController } from './http/desktops.controller';
import { HealthController } from './http/health.controller';
import { ScenarioController } from './http/scenario.controller';
import { Scenarios } from './scenario/scenarios';
import { Simulator } from './simulator';
import { Traffic } from './traffic';

@Module({})
export class SimulatorModule {
  static of(simulator: Simulator, config: Config<'simulator'>): DynamicModule {
    const tokens = new DesktopTokens(config.desktopTokenSecret, config.ctiPeripheralId);
    const desktops = new Desktops(simulator.centre, tokens, config.publicServers);
    return {
      module: SimulatorModule,
      controllers: [
        AgentsController,
        CallsController,
        ControlController,
        DesktopsController,
        HealthController,
        ScenarioController,
      ],
      providers: [
        { provide: Simulator, useValue: simulator },
        { provide: Traffic, useFactory: () => new Traffic(simulator.centre) },
        { provide: Scenarios, useFactory: () => new Scenarios(simulator.centre, desktops) },
        { provide: DesktopTokens, useValue: tokens },
        { provide: Desktops, useValue: desktops },
        { provide: EventFeed, useFactory: () => new EventFeed(simulator, desktops) },
      ],
    };
  }
}

import { type DynamicModule, Module } from '@nestjs/common';
import { DesktopByeController } from './desktop-bye.controller';
import { PresenceController } from './presence.controller';
import { type ServerParts } from './server-parts';
import { StatusController } from './status.controller';

@Module({})
export class ServerModule {
  static of(parts: ServerParts): DynamicModule {
    return {
      module: ServerModule,
      controllers: [DesktopByeController, PresenceController, StatusController],
      providers: [
        { provide: DesktopByeController, useFactory: () => new DesktopByeController(parts.gateway) },
        { provide: PresenceController, useFactory: () => new PresenceController(parts.feed) },
        { provide: StatusController, useFactory: () => new StatusController(parts) },
      ],
    };
  }
}

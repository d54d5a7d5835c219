import { type DynamicModule, Module } from '@nestjs/common';
import { DesktopByeController } from './desktop-bye.controller';
import { DesktopTicketController } from './desktop-ticket.controller';
import { FinesseController } from './finesse/finesse.controller';
import { finesseParts } from './finesse/finesse-parts';
import { PresenceController } from './presence.controller';
import { type ServerParts, serverParts } from './server-parts';
import { StatusController } from './status.controller';

@Module({})
export class ServerModule {
  static of(parts: ServerParts): DynamicModule {
    const controllers = [DesktopByeController, DesktopTicketController, PresenceController, StatusController];
    return {
      module: ServerModule,
      controllers: parts.finesse.isOffered ? [...controllers, FinesseController] : controllers,
      providers: [
        { provide: serverParts, useValue: parts },
        { provide: finesseParts, useValue: parts.finesse },
      ],
    };
  }
}

import { type DynamicModule, Module } from '@nestjs/common';
import { DesktopByeController } from './desktop-bye.controller';
import { DesktopTicketController } from './desktop-ticket.controller';
import { PresenceController } from './presence.controller';
import { type ServerParts, serverParts } from './server-parts';
import { StatusController } from './status.controller';

@Module({})
export class ServerModule {
  static of(parts: ServerParts): DynamicModule {
    return {
      module: ServerModule,
      controllers: [DesktopByeController, DesktopTicketController, PresenceController, StatusController],
      providers: [{ provide: serverParts, useValue: parts }],
    };
  }
}

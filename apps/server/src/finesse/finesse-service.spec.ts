import { type Service } from '#presence/lease';
import { FakeAgentLink } from '#store/link-call.spec-support';
import { FinesseService } from './finesse-service';

describe('the service of the REST surface', () => {
  it('needs the lease and the link, and tells every change once', () => {
    let own: Service = { status: 'IN_SERVICE' };
    const link = new FakeAgentLink();
    const service = new FinesseService({ keeper: { serviceNow: () => own }, link });
    const told: unknown[] = [];
    const end = service.follow((now) => told.push(now.status === 'IN_SERVICE' ? 'in' : now.why));
    const look = (): void => {
      service.look();
      service.look();
    };
    look();
    link.setService({ inService: false, why: 'no link' });
    expect(service.now()).toEqual({ status: 'OUT_OF_SERVICE', why: 'no link' });
    look();
    own = { status: 'OUT_OF_SERVICE', missing: ['lease'], why: 'no lease' };
    look();
    link.setService({ inService: true });
    look();
    own = { status: 'IN_SERVICE' };
    look();
    end();
    link.setService({ inService: false, why: 'unheard' });
    look();
    expect(told).toEqual(['no link', 'no lease', 'in']);
  });
});

import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { type z } from 'zod';
import { type CallData } from '../model/calls';
import { Simulator } from '../simulator';
import { agentOr404, callOr404, legOr404, throwIfRefused } from './refusals';
import { callBody, callDataBody, callIdText, legBody, otherAgentBody } from './schemas';
import { viewCall } from './views';
import { ZodBody } from './zod-body.pipe';

const callId = new ZodBody(callIdText, 'callId');
type LegBody = z.infer<typeof legBody>;
type OtherAgentBody = z.infer<typeof otherAgentBody>;

/** Calls at the agents' telephones: what customers and agents do with them. */
@Controller('calls')
export class CallsController {
  constructor(@Inject(Simulator) private readonly simulator: Simulator) {}

  @Get()
  list() {
    return Array.from(this.simulator.centre.calls.all, viewCall);
  }

  @Post()
  start(@Body(new ZodBody(callBody)) body: z.infer<typeof callBody>) {
    const agent = agentOr404(this.simulator, body.agentId);
    const { kind, answered, customer } = body;
    const call = this.simulator.centre.calls.start(agent, { kind, answered, customer, data: dataOf(body) });
    throwIfRefused(call);
    return viewCall(call);
  }

  @Delete(':id')
  end(@Param('id', callId) id: number) {
    const call = callOr404(this.simulator, id);
    this.simulator.centre.calls.end(call);
    return viewCall(call);
  }

  @Post(':id/answer')
  @HttpCode(200)
  answer(@Param('id', callId) id: number) {
    const call = callOr404(this.simulator, id);
    throwIfRefused(this.simulator.centre.calls.answer(call));
    return viewCall(call);
  }

  /** CALL_DATA_UPDATE_EVENT: variables change, and the call's number with `newCallId`. */
  @Post(':id/data')
  @HttpCode(200)
  changeData(@Param('id', callId) id: number, @Body(new ZodBody(callDataBody)) body: z.infer<typeof callDataBody>) {
    const call = callOr404(this.simulator, id);
    this.simulator.centre.calls.changeData(call, dataOf(body), body.newCallId === true);
    return viewCall(call);
  }

  /** The ringing call goes elsewhere; its agent becomes Not Ready 32767. */
  @Post(':id/redirect')
  @HttpCode(200)
  redirect(@Param('id', callId) id: number) {
    const call = callOr404(this.simulator, id);
    throwIfRefused(this.simulator.centre.calls.redirect(call));
    return viewCall(call);
  }

  @Post(':id/hold')
  @HttpCode(200)
  hold(@Param('id', callId) id: number, @Body(new ZodBody(legBody)) body: LegBody) {
    const call = callOr404(this.simulator, id);
    throwIfRefused(this.simulator.centre.calls.hold(call, legOr404(call, body.agentId)));
    return viewCall(call);
  }

  @Post(':id/retrieve')
  @HttpCode(200)
  retrieve(@Param('id', callId) id: number, @Body(new ZodBody(legBody)) body: LegBody) {
    const call = callOr404(this.simulator, id);
    throwIfRefused(this.simulator.centre.calls.retrieve(call, legOr404(call, body.agentId)));
    return viewCall(call);
  }

  /** One agent hangs up; the call goes on while another agent is on it. */
  @Post(':id/release')
  @HttpCode(200)
  release(@Param('id', callId) id: number, @Body(new ZodBody(legBody)) body: LegBody) {
    const call = callOr404(this.simulator, id);
    this.simulator.centre.calls.release(call, legOr404(call, body.agentId));
    return viewCall(call);
  }

  @Post(':id/transfer')
  @HttpCode(200)
  transfer(@Param('id', callId) id: number, @Body(new ZodBody(otherAgentBody)) body: OtherAgentBody) {
    const call = callOr404(this.simulator, id);
    throwIfRefused(this.simulator.centre.calls.transfer(call, agentOr404(this.simulator, body.agentId)));
    return viewCall(call);
  }

  @Post(':id/conference')
  @HttpCode(200)
  conference(@Param('id', callId) id: number, @Body(new ZodBody(otherAgentBody)) body: OtherAgentBody) {
    const call = callOr404(this.simulator, id);
    throwIfRefused(this.simulator.centre.calls.conference(call, agentOr404(this.simulator, body.agentId)));
    return viewCall(call);
  }
}

function dataOf(body: Pick<z.infer<typeof callDataBody>, 'variables' | 'namedVariables'>): CallData {
  const variables = Object.entries(body.variables ?? {}).map(([number, text]): [number, string] => [
    Number(number),
    text,
  ]);
  return { variables: new Map(variables), namedVariables: new Map(Object.entries(body.namedVariables ?? {})) };
}

import assert from "node:assert/strict";
import { httpRequest } from "../../tests/packet_builder.ts";
import { Player } from "../../tests/packets/play.ts";
import { Wire } from "../../tests/packets/wire.ts";
import { CLIENT, SERVER } from "../protocols/analyser.ts";

for (const ports of [{ serverPort: 80 }, { clientPort: 80, serverPort: 51000 }]) {
  const wire = new Wire({ ...ports, clientSeq: 2 ** 32 - 2, serverSeq: 5000 });

  Deno.test(`an analyser sees the client's and the server's side, from port ${ports.serverPort}`, () => {
    const { flows } = new Player().play([...wire.open(), wire.client(0, httpRequest())]).tracker;
    const { conversation } = flows;
    conversation.turnTo(0, 1234, 7);
    assert.deepEqual([conversation.time, conversation.acknowledged], [1234, 7]);
    conversation.fromB = 1;
    assert.equal(conversation.sequence(CLIENT), (httpRequest().length - 1) | 0);
    assert.equal(conversation.sequence(SERVER), 5001);
    conversation.behind = 10;
    assert.equal(conversation.sequence(SERVER), 4991);
    conversation.skip(SERVER, 100);
    assert.deepEqual([conversation.skipLeft(CLIENT), conversation.skipLeft(SERVER)], [0, 100]);
  });
}

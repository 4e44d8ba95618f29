// A broker of aedes, which is a library: one listener for each transport.
// Arguments: ports for TCP, TLS, WebSocket and WebSocket over TLS, certificate, key.

import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'
import { Aedes } from 'aedes'
import { WebSocketServer, createWebSocketStream } from 'ws'

const [tcp, secure, web, secureWeb] = process.argv.slice(2, 6).map(Number)
const identity = { cert: readFileSync(process.argv[6]), key: readFileSync(process.argv[7]) }
const broker = await Aedes.createBroker()

function withWebSocket (server) {
  const sockets = new WebSocketServer({ server, handleProtocols: () => 'mqtt' })
  sockets.on('connection', (socket, request) => broker.handle(createWebSocketStream(socket), request))
  return server
}

net.createServer(broker.handle).listen(tcp, '127.0.0.1')
tls.createServer(identity, broker.handle).listen(secure, '127.0.0.1')
withWebSocket(http.createServer()).listen(web, '127.0.0.1')
withWebSocket(https.createServer(identity)).listen(secureWeb, '127.0.0.1')

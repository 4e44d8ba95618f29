# SPDX-License-Identifier: MIT OR Apache-2.0
"""MQTTClient from Python, with ctypes alone: publishes a message, and receives it in a callback.

    python3 python_client.py [broker]
"""

import queue
import sys
from ctypes import CDLL, CFUNCTYPE, POINTER, Structure, byref, string_at
from ctypes import c_char, c_char_p, c_int, c_ulong, c_void_p

TOPIC = "guide/python"
TIMEOUT_MS = 10_000
NO_PERSISTENCE = 1


class Message(Structure):
    """MQTTClient_message, as far as it is read here."""

    _fields_ = [
        ("struct_id", c_char * 4),
        ("struct_version", c_int),
        ("payloadlen", c_int),
        ("payload", c_void_p),
    ]


class Returned(Structure):
    _fields_ = [("serverURI", c_char_p), ("MQTTVersion", c_int), ("sessionPresent", c_int)]


class BinaryPassword(Structure):
    _fields_ = [("len", c_int), ("data", c_void_p)]


class ConnectOptions(Structure):
    """Version 6 of MQTTClient_connectOptions: in that there are no further members."""

    _fields_ = [
        ("struct_id", c_char * 4),
        ("struct_version", c_int),
        ("keepAliveInterval", c_int),
        ("cleansession", c_int),
        ("reliable", c_int),
        ("will", c_void_p),
        ("username", c_char_p),
        ("password", c_char_p),
        ("connectTimeout", c_int),
        ("retryInterval", c_int),
        ("ssl", c_void_p),
        ("serverURIcount", c_int),
        ("serverURIs", POINTER(c_char_p)),
        ("MQTTVersion", c_int),
        ("returned", Returned),
        ("binarypwd", BinaryPassword),
        ("maxInflightMessages", c_int),
        ("cleanstart", c_int),
    ]


ConnectionLost = CFUNCTYPE(None, c_void_p, c_char_p)
# The topic is not a c_char_p: ctypes would make bytes of it, and its place could not be freed.
MessageArrived = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, POINTER(Message))
DeliveryComplete = CFUNCTYPE(None, c_void_p, c_int)

library = CDLL("libpaho-mqtt3c.so.1")
library.MQTTClient_strerror.restype = c_char_p
# Without this ctypes passes an integer as 32 bits, which a pointer is not.
library.MQTTClient_free.argtypes = [c_void_p]


def call(name, *arguments):
    code = getattr(library, f"MQTTClient_{name}")(*arguments)
    if code != 0:
        sys.exit(f"{name}: {code}, {library.MQTTClient_strerror(code).decode()}")


class Client:
    """A client, whose messages come in a queue."""

    def __init__(self, broker, client_id):
        self.messages = queue.Queue()
        self.handle = c_void_p()
        # For as long as the library may call them, somebody has to keep them.
        self.callbacks = ConnectionLost(self.lost), MessageArrived(self.arrived), DeliveryComplete()
        call("create", byref(self.handle), broker.encode(), client_id.encode(), NO_PERSISTENCE, None)
        call("setCallbacks", self.handle, None, *self.callbacks)

    def connect(self):
        options = ConnectOptions(b"MQTC", 6, keepAliveInterval=60, cleansession=1, connectTimeout=30)
        call("connect", self.handle, byref(options))

    def subscribe(self, topic, qos):
        call("subscribe", self.handle, topic.encode(), qos)

    def publish(self, topic, payload, qos):
        """Returns when the broker has the message."""
        token = c_int()
        call("publish", self.handle, topic.encode(), len(payload), payload, qos, 0, byref(token))
        call("waitForCompletion", self.handle, token, c_ulong(TIMEOUT_MS))

    def close(self):
        call("disconnect", self.handle, TIMEOUT_MS)
        library.MQTTClient_destroy(byref(self.handle))

    # The library calls these on a thread of its own.

    def arrived(self, _context, topic, length, message):
        # The length is 0, unless there is a NUL in the topic.
        name = string_at(topic, length) if length > 0 else string_at(topic)
        payload = string_at(message.contents.payload, message.contents.payloadlen)
        self.messages.put((name.decode(), payload))
        library.MQTTClient_freeMessage(byref(message))
        library.MQTTClient_free(topic)
        return 1

    def lost(self, _context, _cause):
        print("the connection was lost", file=sys.stderr)


def main():
    broker = sys.argv[1] if len(sys.argv) > 1 else "tcp://localhost:1883"
    client = Client(broker, "guide-python")
    client.connect()
    client.subscribe(TOPIC, 1)
    client.publish(TOPIC, b"hello from Python", 1)
    topic, payload = client.messages.get(timeout=TIMEOUT_MS / 1000)
    print(f"{topic}: {payload.decode()}")
    client.close()


main()

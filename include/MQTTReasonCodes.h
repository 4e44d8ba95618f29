/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/**
 * @file
 * The reason codes of MQTT 5.0.
 */

#ifndef MQTTREASONCODES_H
#define MQTTREASONCODES_H

/* Part of ferro-mqtt. Generated from the Rust sources by build.rs: change those, then run `make headers`. */

#include "MQTTExportDeclarations.h"


/**
 * The reason codes of MQTT 5.0 (section 2.4). Those from 128 on report a failure.
 */
enum MQTTReasonCodes {
    /**
     * All is well.
     */
    MQTTREASONCODE_SUCCESS = 0,
    /**
     * The code of a subscription with QoS 0.
     */
    MQTTREASONCODE_GRANTED_QOS_0 = MQTTREASONCODE_SUCCESS,
    /**
     * The code of a DISCONNECT without trouble.
     */
    MQTTREASONCODE_NORMAL_DISCONNECTION = MQTTREASONCODE_SUCCESS,
    /**
     * Subscribed with QoS 1.
     */
    MQTTREASONCODE_GRANTED_QOS_1 = 1,
    /**
     * Subscribed with QoS 2.
     */
    MQTTREASONCODE_GRANTED_QOS_2 = 2,
    /**
     * To the server: publish the will although the client disconnects.
     */
    MQTTREASONCODE_DISCONNECT_WITH_WILL_MESSAGE = 4,
    /**
     * The message was accepted, but nobody has subscribed to it.
     */
    MQTTREASONCODE_NO_MATCHING_SUBSCRIBERS = 16,
    /**
     * There was no such subscription.
     */
    MQTTREASONCODE_NO_SUBSCRIPTION_FOUND = 17,
    /**
     * The authentication has another step.
     */
    MQTTREASONCODE_CONTINUE_AUTHENTICATION = 24,
    /**
     * Authenticate again.
     */
    MQTTREASONCODE_RE_AUTHENTICATE = 25,
    /**
     * Failed, for a reason that is not told.
     */
    MQTTREASONCODE_UNSPECIFIED_ERROR = 128,
    /**
     * The packet could not be read.
     */
    MQTTREASONCODE_MALFORMED_PACKET = 129,
    /**
     * The packet was not expected, or says what it must not.
     */
    MQTTREASONCODE_PROTOCOL_ERROR = 130,
    /**
     * Refused, for a reason of the server's own.
     */
    MQTTREASONCODE_IMPLEMENTATION_SPECIFIC_ERROR = 131,
    /**
     * The server does not speak this version of MQTT.
     */
    MQTTREASONCODE_UNSUPPORTED_PROTOCOL_VERSION = 132,
    /**
     * The server does not accept this client identifier.
     */
    MQTTREASONCODE_CLIENT_IDENTIFIER_NOT_VALID = 133,
    /**
     * The server does not accept this user name or password.
     */
    MQTTREASONCODE_BAD_USER_NAME_OR_PASSWORD = 134,
    /**
     * This is not allowed to this client.
     */
    MQTTREASONCODE_NOT_AUTHORIZED = 135,
    /**
     * The MQTT server is not available.
     */
    MQTTREASONCODE_SERVER_UNAVAILABLE = 136,
    /**
     * The server is busy; try again later.
     */
    MQTTREASONCODE_SERVER_BUSY = 137,
    /**
     * An administrator has banned this client.
     */
    MQTTREASONCODE_BANNED = 138,
    /**
     * The server is going down.
     */
    MQTTREASONCODE_SERVER_SHUTTING_DOWN = 139,
    /**
     * The authentication method is unknown, or not the current one.
     */
    MQTTREASONCODE_BAD_AUTHENTICATION_METHOD = 140,
    /**
     * Nothing was heard of the client for one and a half times the keep alive time.
     */
    MQTTREASONCODE_KEEP_ALIVE_TIMEOUT = 141,
    /**
     * Another connection uses the same client identifier.
     */
    MQTTREASONCODE_SESSION_TAKEN_OVER = 142,
    /**
     * The topic filter is well-formed, but not accepted here.
     */
    MQTTREASONCODE_TOPIC_FILTER_INVALID = 143,
    /**
     * The topic name is well-formed, but not accepted here.
     */
    MQTTREASONCODE_TOPIC_NAME_INVALID = 144,
    /**
     * The packet identifier is in use.
     */
    MQTTREASONCODE_PACKET_IDENTIFIER_IN_USE = 145,
    /**
     * The packet identifier is not known.
     */
    MQTTREASONCODE_PACKET_IDENTIFIER_NOT_FOUND = 146,
    /**
     * More messages were under way than the receive maximum allows.
     */
    MQTTREASONCODE_RECEIVE_MAXIMUM_EXCEEDED = 147,
    /**
     * The topic alias is 0 or above its maximum.
     */
    MQTTREASONCODE_TOPIC_ALIAS_INVALID = 148,
    /**
     * The packet is longer than the maximum packet size allows.
     */
    MQTTREASONCODE_PACKET_TOO_LARGE = 149,
    /**
     * Messages come too fast.
     */
    MQTTREASONCODE_MESSAGE_RATE_TOO_HIGH = 150,
    /**
     * A quota was exceeded.
     */
    MQTTREASONCODE_QUOTA_EXCEEDED = 151,
    /**
     * An administrator has closed the connection.
     */
    MQTTREASONCODE_ADMINISTRATIVE_ACTION = 152,
    /**
     * The payload is not what its format indicator says.
     */
    MQTTREASONCODE_PAYLOAD_FORMAT_INVALID = 153,
    /**
     * The server does not keep retained messages.
     */
    MQTTREASONCODE_RETAIN_NOT_SUPPORTED = 154,
    /**
     * The server does not offer this QoS.
     */
    MQTTREASONCODE_QOS_NOT_SUPPORTED = 155,
    /**
     * Use another server, for now.
     */
    MQTTREASONCODE_USE_ANOTHER_SERVER = 156,
    /**
     * Use another server, from now on.
     */
    MQTTREASONCODE_SERVER_MOVED = 157,
    /**
     * The server does not offer shared subscriptions.
     */
    MQTTREASONCODE_SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 158,
    /**
     * Connections are made too fast.
     */
    MQTTREASONCODE_CONNECTION_RATE_EXCEEDED = 159,
    /**
     * This connection has lasted as long as it may.
     */
    MQTTREASONCODE_MAXIMUM_CONNECT_TIME = 160,
    /**
     * The server does not offer subscription identifiers.
     */
    MQTTREASONCODE_SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED = 161,
    /**
     * The server does not offer wildcards in topic filters.
     */
    MQTTREASONCODE_WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED = 162
};

#ifdef __cplusplus
extern "C" {
#endif /* __cplusplus */

/**
 * The name of a reason code, in English.
 *
 * @param value The reason code.
 * @return The name. NULL if MQTT 5.0 does not have the code. Not to be freed.
 * @see Contract W-601; MQTT 5.0 section 2.4.
 */
LIBMQTT_API const char *MQTTReasonCode_toString(enum MQTTReasonCodes value);

#ifdef __cplusplus
}  /* extern "C" */
#endif  /* __cplusplus */

#endif  /* MQTTREASONCODES_H */

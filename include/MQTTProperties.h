/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/**
 * @file
 * The properties of MQTT 5.0.
 */

#ifndef MQTTPROPERTIES_H
#define MQTTPROPERTIES_H

/* Part of ferro-mqtt. Generated from the Rust sources by build.rs: change those, then run `make headers`. */

#include <stddef.h>
#include <stdint.h>
#include "MQTTExportDeclarations.h"

/**
 * @def LIBMQTT_EXTENSION
 * Keeps compilers quiet about the structure without a name in MQTTProperty.
 */
#if defined(__GNUC__)
#define LIBMQTT_EXTENSION __extension__
#else
#define LIBMQTT_EXTENSION
#endif

/**
 * What MQTTProperties_add returns for an identifier that MQTT 5.0 does not have.
 */
#define MQTT_INVALID_PROPERTY_ID -2

/**
 * The property identifiers of MQTT 5.0 (section 2.2.2.2), with the type of each one's value.
 */
enum MQTTPropertyCodes {
    /**
     * Byte: 1 if the payload is UTF-8 text, 0 if it is any bytes.
     */
    MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR = 1,
    /**
     * Four-byte integer: the seconds for which a message is worth delivering.
     */
    MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL = 2,
    /**
     * String: what the payload is, such as a MIME type.
     */
    MQTTPROPERTY_CODE_CONTENT_TYPE = 3,
    /**
     * String: the topic that answers to a request go to.
     */
    MQTTPROPERTY_CODE_RESPONSE_TOPIC = 8,
    /**
     * Binary data: tells the sender of a request which one an answer belongs to.
     */
    MQTTPROPERTY_CODE_CORRELATION_DATA = 9,
    /**
     * Variable byte integer: the number that a subscription was given; it comes back with its messages.
     */
    MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIER = 11,
    /**
     * Four-byte integer: the seconds for which the server keeps the session after the connection ends.
     */
    MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL = 17,
    /**
     * String: the client identifier that the server chose for a client that had none.
     */
    MQTTPROPERTY_CODE_ASSIGNED_CLIENT_IDENTIFIER = 18,
    /**
     * An old misspelling that programs still use.
     */
    MQTTPROPERTY_CODE_ASSIGNED_CLIENT_IDENTIFER = MQTTPROPERTY_CODE_ASSIGNED_CLIENT_IDENTIFIER,
    /**
     * Two-byte integer: the keep alive time, in seconds, that the server asks for.
     */
    MQTTPROPERTY_CODE_SERVER_KEEP_ALIVE = 19,
    /**
     * String: the name of the authentication method.
     */
    MQTTPROPERTY_CODE_AUTHENTICATION_METHOD = 21,
    /**
     * Binary data: what the authentication method exchanges.
     */
    MQTTPROPERTY_CODE_AUTHENTICATION_DATA = 22,
    /**
     * Byte: 0 asks the server to leave out reason strings and user properties where it may.
     */
    MQTTPROPERTY_CODE_REQUEST_PROBLEM_INFORMATION = 23,
    /**
     * Four-byte integer: the seconds that the server waits before it publishes the will.
     */
    MQTTPROPERTY_CODE_WILL_DELAY_INTERVAL = 24,
    /**
     * Byte: 1 asks the server for response information.
     */
    MQTTPROPERTY_CODE_REQUEST_RESPONSE_INFORMATION = 25,
    /**
     * String: what the server suggests to build response topics from.
     */
    MQTTPROPERTY_CODE_RESPONSE_INFORMATION = 26,
    /**
     * String: another server to use.
     */
    MQTTPROPERTY_CODE_SERVER_REFERENCE = 28,
    /**
     * String: for people, why an answer is what it is.
     */
    MQTTPROPERTY_CODE_REASON_STRING = 31,
    /**
     * Two-byte integer: how many QoS 1 and 2 messages the sender of this accepts at a time.
     */
    MQTTPROPERTY_CODE_RECEIVE_MAXIMUM = 33,
    /**
     * Two-byte integer: the highest topic alias that the sender of this accepts.
     */
    MQTTPROPERTY_CODE_TOPIC_ALIAS_MAXIMUM = 34,
    /**
     * Two-byte integer: a number that stands for a topic name on this connection.
     */
    MQTTPROPERTY_CODE_TOPIC_ALIAS = 35,
    /**
     * Byte: the highest QoS that the server offers, if that is not 2.
     */
    MQTTPROPERTY_CODE_MAXIMUM_QOS = 36,
    /**
     * Byte: 0 if the server keeps no retained messages.
     */
    MQTTPROPERTY_CODE_RETAIN_AVAILABLE = 37,
    /**
     * String pair: a name and a value of the application's own. May occur more than once.
     */
    MQTTPROPERTY_CODE_USER_PROPERTY = 38,
    /**
     * Four-byte integer: the longest packet, in bytes, that the sender of this accepts.
     */
    MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE = 39,
    /**
     * Byte: 0 if the server refuses wildcards in topic filters.
     */
    MQTTPROPERTY_CODE_WILDCARD_SUBSCRIPTION_AVAILABLE = 40,
    /**
     * Byte: 0 if the server refuses subscription identifiers.
     */
    MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIERS_AVAILABLE = 41,
    /**
     * Byte: 0 if the server refuses shared subscriptions.
     */
    MQTTPROPERTY_CODE_SHARED_SUBSCRIPTION_AVAILABLE = 42
};

/**
 * The types a property's value can have.
 */
enum MQTTPropertyTypes {
    /**
     * In value.byte.
     */
    MQTTPROPERTY_TYPE_BYTE,
    /**
     * In value.integer2.
     */
    MQTTPROPERTY_TYPE_TWO_BYTE_INTEGER,
    /**
     * In value.integer4.
     */
    MQTTPROPERTY_TYPE_FOUR_BYTE_INTEGER,
    /**
     * In value.integer4; at most 268435455.
     */
    MQTTPROPERTY_TYPE_VARIABLE_BYTE_INTEGER,
    /**
     * In value.data.
     */
    MQTTPROPERTY_TYPE_BINARY_DATA,
    /**
     * In value.data.
     */
    MQTTPROPERTY_TYPE_UTF_8_ENCODED_STRING,
    /**
     * The name in value.data, the value in value.value.
     */
    MQTTPROPERTY_TYPE_UTF_8_STRING_PAIR
};

/**
 * Bytes with their length. Where the library hands them out a NUL follows, which len does not count;
 * a program need not put one there.
 */
typedef struct MQTTLenString {
    /**
     * How many bytes.
     */
    int len;
    /**
     * The bytes. May be NULL if len is 0.
     */
    char *data;
} MQTTLenString;

/**
 * One property of MQTT 5.0.
 */
typedef struct MQTTProperty {
    /**
     * Which property this is. MQTTProperty_getType tells the type of its value.
     */
    enum MQTTPropertyCodes identifier;
    /**
     * The value. Texts given to MQTTProperties_add are copied; the caller keeps its own.
     */
    union {
        /**
         * The value of a byte property.
         */
        unsigned char byte;
        /**
         * The value of a two-byte integer property.
         */
        unsigned short integer2;
        /**
         * The value of a four-byte or a variable byte integer property.
         */
        unsigned int integer4;
        /**
         * The texts of a string, binary data or string pair property.
         */
        LIBMQTT_EXTENSION struct {
            /**
             * The string or the binary data; the name of a string pair.
             */
            MQTTLenString data;
            /**
             * The value of a string pair.
             */
            MQTTLenString value;
        };
    } value;
} MQTTProperty;

/**
 * A list of properties.
 *
 * Start from MQTTProperties_initializer, add with MQTTProperties_add, and free with
 * MQTTProperties_free; the members are for reading only.
 */
typedef struct MQTTProperties {
    /**
     * How many properties are in the list.
     */
    int count;
    /**
     * How many have room before the array has to grow.
     */
    int max_count;
    /**
     * How many bytes the properties take in a packet, not counting the length in front of them.
     */
    int length;
    /**
     * The properties, in the order in which they were added or received.
     */
    MQTTProperty *array;
} MQTTProperties;

/**
 * An empty list.
 */
#define MQTTProperties_initializer { 0, 0, 0, NULL }

#ifdef __cplusplus
extern "C" {
#endif /* __cplusplus */

/**
 * The name of a property.
 *
 * @param value The identifier.
 * @return The name, such as "CONTENT_TYPE". NULL if MQTT 5.0 does not have the property. Not to be freed.
 * @see Contract W-508; MQTT 5.0 section 2.2.2.2.
 */
LIBMQTT_API
const char *MQTTPropertyName(enum MQTTPropertyCodes value);

/**
 * The type of a property's value.
 *
 * @param value The identifier.
 * @return One of enum MQTTPropertyTypes. -1 if MQTT 5.0 does not have the property.
 * @see Contract W-508; MQTT 5.0 section 2.2.2.2.
 */
LIBMQTT_API int MQTTProperty_getType(enum MQTTPropertyCodes value);

/**
 * Counts the properties with an identifier in a list.
 *
 * @param props The list. NULL has none.
 * @param propid The identifier.
 * @return How many there are.
 * @see Contract W-505.
 */
LIBMQTT_API
int MQTTProperties_propertyCount(const MQTTProperties *props,
                                 enum MQTTPropertyCodes propid);

/**
 * Tells whether a list has a property with an identifier.
 *
 * @param props The list. NULL has none.
 * @param propid The identifier.
 * @return 1 if it has, else 0.
 * @see Contract W-505.
 */
LIBMQTT_API
int MQTTProperties_hasProperty(const MQTTProperties *props,
                               enum MQTTPropertyCodes propid);

/**
 * Finds the property with an identifier in a list, the first if there are several.
 *
 * @param props The list. NULL has none.
 * @param propid The identifier.
 * @return The property, or NULL if there is none. It stays part of the list: not to be freed, and no longer
 *   valid once the list is added to or freed.
 * @see Contract W-507.
 */
LIBMQTT_API
MQTTProperty *MQTTProperties_getProperty(const MQTTProperties *props,
                                         enum MQTTPropertyCodes propid);

/**
 * Finds one of the properties with an identifier in a list, for those that may come several times.
 *
 * @param props The list. NULL has none.
 * @param propid The identifier.
 * @param index 0 is the first with this identifier, 1 the second.
 * @return The property, or NULL if there are not so many. It stays part of the list: see
 *   MQTTProperties_getProperty.
 * @see Contract W-507.
 */
LIBMQTT_API
MQTTProperty *MQTTProperties_getPropertyAt(const MQTTProperties *props,
                                           enum MQTTPropertyCodes propid,
                                           int index);

/**
 * The number that is the value of the property with an identifier, the first if there are several.
 *
 * @param props The list. NULL has none.
 * @param propid The identifier.
 * @return The number. -9999999 if there is no such property, -999999 if its value is not a number.
 * @see Contract W-506.
 */
LIBMQTT_API
int64_t MQTTProperties_getNumericValue(const MQTTProperties *props,
                                       enum MQTTPropertyCodes propid);

/**
 * The number that is the value of one of the properties with an identifier, for those that may come several
 * times.
 *
 * @param props The list. NULL has none.
 * @param propid The identifier.
 * @param index 0 is the first with this identifier, 1 the second.
 * @return The number. -9999999 if there are not so many, -999999 if the value is not a number.
 * @see Contract W-506.
 */
LIBMQTT_API
int64_t MQTTProperties_getNumericValueAt(const MQTTProperties *props,
                                         enum MQTTPropertyCodes propid,
                                         int index);

/**
 * Adds a copy of a property, with copies of its texts, to the end of a list. Behind each text of the copy
 * there is a NUL, which its length does not count.
 *
 * @param props The list. Unless the call succeeds it stays as it was.
 * @param prop The property. It stays the caller's.
 * @return 0; MQTT_INVALID_PROPERTY_ID if MQTT 5.0 does not have the property; -1 if its value can be in no
 *   packet; -99 if there is no memory left or a pointer is NULL.
 * @see Contract W-502.
 */
LIBMQTT_API
int MQTTProperties_add(MQTTProperties *props,
                       const MQTTProperty *prop);

/**
 * Frees what is in a list, and makes it empty.
 *
 * @param properties The list. One that is NULL or empty is left as it is.
 * @see Contract W-503.
 */
LIBMQTT_API void MQTTProperties_free(MQTTProperties *properties);

/**
 * Copies a list, with all that is in it.
 *
 * @param props The list. It stays as it is.
 * @return The copy, to be freed with MQTTProperties_free. It is empty if props is NULL or empty, or if there
 *   is no memory left.
 * @see Contract W-504.
 */
LIBMQTT_API
MQTTProperties MQTTProperties_copy(const MQTTProperties *props);

#ifdef __cplusplus
}  /* extern "C" */
#endif  /* __cplusplus */

#endif  /* MQTTPROPERTIES_H */

/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/**
 * @file
 * The subscription options of MQTT 5.0.
 */

#ifndef SUBOPTS_H
#define SUBOPTS_H

/* Part of ferro-mqtt. Generated from the Rust sources by build.rs: change those, then run `make headers`. */



/**
 * How a subscription is to behave. MQTT 5.0 only (section 3.8.3.1); older versions ignore it.
 */
typedef struct MQTTSubscribe_options {
    /**
     * "MQSO".
     */
    char struct_id[4];
    /**
     * 0.
     */
    int struct_version;
    /**
     * 1: do not send this client the messages that it published itself.
     */
    unsigned char noLocal;
    /**
     * 1: messages keep the retain flag that they were published with. 0: only retained messages
     * sent because of the subscription itself have it.
     */
    unsigned char retainAsPublished;
    /**
     * Whether the server sends retained messages at once. 0: yes. 1: only if this subscription is
     * new. 2: no.
     */
    unsigned char retainHandling;
} MQTTSubscribe_options;

/**
 * Everything off, as before MQTT 5.0.
 */
#define MQTTSubscribe_options_initializer { { 'M', 'Q', 'S', 'O' }, 0, 0, 0, 0 }

#endif  /* SUBOPTS_H */

//! MQTTAsync_createOptions: what MQTTAsync_createWithOptions can be told.

use std::ffi::{c_char, c_int};

use crate::c_api::boundary::{Versioned, eyecatcher, field};
use crate::c_api::structs::mqtt_version::{MQTTVERSION_5, MQTTVERSION_DEFAULT, read_any_version};
use crate::client::{Buffering, MqttVersion};
use crate::error::Error;

/// Options for MQTTAsync_createWithOptions.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTAsync_createOptions {
    /// "MQCO".
    pub struct_id: [c_char; 4],
    /// Which members there are. 0: those up to maxBufferedMessages. 1: also MQTTVersion. 2 and 3: all.
    pub struct_version: c_int,
    /// 1: messages may be sent without a connection, once MQTTAsync_connect was called, and wait for
    /// one. 0: sending fails then.
    pub sendWhileDisconnected: c_int,
    /// How many messages may wait; at least 1. With a connection, too.
    pub maxBufferedMessages: c_int,
    /// One of the MQTTVERSION_ constants. A client for MQTT 5.0 has to say so here.
    pub MQTTVersion: c_int,
    /// 1: with sendWhileDisconnected, messages may also be sent before MQTTAsync_connect was called,
    /// and after MQTTAsync_disconnect.
    pub allowDisconnectedSendAtAnyTime: c_int,
    /// 1: when too many messages wait, the oldest is dropped, and its onFailure called. 0: sending
    /// another fails.
    pub deleteOldestMessages: c_int,
    /// 1: messages that waited when the last client of this name ended are sent. 0: they are dropped.
    pub restoreMessages: c_int,
    /// 1: waiting messages of QoS 0 are stored, too.
    pub persistQoS0: c_int,
}

/// For MQTT 3.1.1 and 3.1.
#[allow(dead_code, reason = "for C programs")]
pub const MQTTAsync_createOptions_initializer: MQTTAsync_createOptions = MQTTAsync_createOptions {
    struct_id: eyecatcher(*b"MQCO"),
    struct_version: 2,
    sendWhileDisconnected: 0,
    maxBufferedMessages: 100,
    MQTTVersion: MQTTVERSION_DEFAULT,
    allowDisconnectedSendAtAnyTime: 0,
    deleteOldestMessages: 0,
    restoreMessages: 1,
    persistQoS0: 1,
};

/// For MQTT 5.0.
#[allow(dead_code, reason = "for C programs")]
pub const MQTTAsync_createOptions_initializer5: MQTTAsync_createOptions =
    MQTTAsync_createOptions { MQTTVersion: MQTTVERSION_5, ..MQTTAsync_createOptions_initializer };

/// What a client is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::c_api) struct Creation {
    pub version: MqttVersion,
    pub buffering: Buffering,
}

/// The order of the checks is the contract's: the limit comes before the eyecatcher.
///
/// # Safety
/// `raw` is NULL or as long as its `struct_version` implies.
pub(in crate::c_api) unsafe fn read_create_options(
    raw: *const MQTTAsync_createOptions,
) -> Result<Creation, Error> {
    if raw.is_null() {
        // Nothing is kept for a later connection, and there is no limit (contract ).
        return Ok(Creation { version: MqttVersion::Default, buffering: Buffering::default() });
    }
    // SAFETY: our caller's promise; each version has this field.
    let limit = unsafe { (&raw const (*raw).maxBufferedMessages).read() };
    let limit = usize::try_from(limit).ok().filter(|&limit| limit > 0).ok_or(Error::BadBufferLimit)?;
    // SAFETY: our caller's promise.
    let s = unsafe { Versioned::open(raw, *b"MQCO", 0..=3) }?;
    Ok(Creation {
        version: read_any_version(field!(s.MQTTVersion, since 1, MQTTVERSION_DEFAULT)),
        buffering: Buffering {
            while_disconnected: field!(s.sendWhileDisconnected) != 0,
            at_any_time: field!(s.allowDisconnectedSendAtAnyTime, since 2, 0) != 0,
            max_messages: Some(limit),
            delete_oldest: field!(s.deleteOldestMessages, since 2, 0) != 0,
            restore: field!(s.restoreMessages, since 2, 1) != 0,
            // As Paho: from version 2 on, although its header speaks of 3 (contract ).
            persist_qos0: field!(s.persistQoS0, since 2, 1) != 0,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::c_api::structs::short::Short;
    use crate::protocol::Version;

    fn read(options: &MQTTAsync_createOptions) -> Result<Creation, Error> {
        unsafe { read_create_options(options) }
    }

    #[test]
    fn without_options_nothing_is_kept_for_later() {
        let creation = unsafe { read_create_options(std::ptr::null()) }.unwrap();
        let Creation { version, buffering } = creation;
        assert_eq!((version, buffering.while_disconnected), (MqttVersion::Default, false));
        assert_eq!((buffering.max_messages, buffering.restore, buffering.persist_qos0), (None, true, true));
        let defaults = read(&MQTTAsync_createOptions_initializer).unwrap();
        assert_eq!(defaults.buffering, Buffering { max_messages: Some(100), ..buffering });
        let v5 = read(&MQTTAsync_createOptions_initializer5).unwrap();
        assert_eq!(v5.version, MqttVersion::Fixed(Version::V5));
    }

    /// Contract.
    #[test]
    fn checks_come_in_the_order_of_the_original() {
        let mut options = MQTTAsync_createOptions {
            struct_id: eyecatcher(*b"NONE"),
            struct_version: 4,
            maxBufferedMessages: 0,
            ..MQTTAsync_createOptions_initializer
        };
        assert!(matches!(read(&options), Err(Error::BadBufferLimit)));
        options.maxBufferedMessages = -1;
        assert!(matches!(read(&options), Err(Error::BadBufferLimit)));
        options.maxBufferedMessages = 1;
        assert!(matches!(read(&options), Err(Error::BadStructure)));
        options.struct_id = eyecatcher(*b"MQCO");
        assert!(matches!(read(&options), Err(Error::BadStructure)));
        options.struct_version = -1;
        assert!(matches!(read(&options), Err(Error::BadStructure)));
        options.struct_version = 3;
        assert!(read(&options).is_ok());
        // As Paho: any version of MQTT is taken here.
        options.MQTTVersion = 77;
        assert_eq!(read(&options).unwrap().version, MqttVersion::Fixed(Version::V5));
    }

    /// Contract.
    #[test]
    fn old_structures_end_early() {
        let whole = MQTTAsync_createOptions {
            sendWhileDisconnected: 1,
            maxBufferedMessages: 7,
            MQTTVersion: MQTTVERSION_5,
            allowDisconnectedSendAtAnyTime: 1,
            deleteOldestMessages: 1,
            restoreMessages: 0,
            persistQoS0: 0,
            ..MQTTAsync_createOptions_initializer
        };
        for (version, length) in [(0, 16), (1, 20), (2, 36), (3, 36)] {
            let short = Short::of(&MQTTAsync_createOptions { struct_version: version, ..whole }, length);
            let Creation { version: mqtt, buffering } =
                unsafe { read_create_options(short.as_ptr()) }.unwrap();
            assert_eq!((buffering.while_disconnected, buffering.max_messages), (true, Some(7)), "{version}");
            assert_eq!(mqtt.is_v5(), version >= 1, "{version}");
            assert_eq!((buffering.at_any_time, buffering.delete_oldest), (version >= 2, version >= 2));
            assert_eq!((buffering.restore, buffering.persist_qos0), (version < 2, version < 2));
        }
    }
}

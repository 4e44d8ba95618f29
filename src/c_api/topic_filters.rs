//! The topic filters of a request to subscribe or to unsubscribe.

use std::ffi::{c_char, c_int};

use super::boundary::{qos, text};
use super::structs::subscribe_options::MQTTSubscribe_options;
use crate::error::Error;
use crate::protocol::packet::Subscription;

/// How many there are. None at all would make an illegal packet.
pub(super) fn filter_count(count: c_int) -> Result<usize, Error> {
    usize::try_from(count).ok().filter(|&count| count > 0).ok_or(Error::BadArgument)
}

/// The filters, and with which QoS messages are to come. The order of the checks is the contract's (C-8.2, A-3.8).
///
/// # Safety
/// `topics` and `levels` are NULL or have `count` elements. The strings are NULL or NUL-terminated, and unchanged while
/// the result is in use.
pub(super) unsafe fn read_subscriptions<'a>(
    count: usize,
    topics: *const *const c_char,
    levels: *const c_int,
) -> Result<Vec<Subscription<'a>>, Error> {
    if topics.is_null() || levels.is_null() {
        return Err(Error::NullArgument);
    }
    (0..count)
        .map(|index| {
            // SAFETY: our caller's promise: there are `count` of each.
            let (filter, level) =
                unsafe { (text(topics.add(index).read())?, qos(levels.add(index).read())?) };
            Ok(Subscription { filter: filter.as_bytes(), options: level.level() })
        })
        .collect()
}

/// The filters alone.
///
/// # Safety
/// As for [`read_subscriptions`].
pub(super) unsafe fn read_filters<'a>(
    count: usize,
    topics: *const *const c_char,
) -> Result<Vec<&'a [u8]>, Error> {
    if topics.is_null() {
        return Err(Error::NullArgument);
    }
    // SAFETY: our caller's promise: there are `count`.
    (0..count).map(|index| Ok(unsafe { text(topics.add(index).read()) }?.as_bytes())).collect()
}

/// Adds what MQTT 5.0 has besides: one for each filter.
pub(super) fn add_options(subscriptions: &mut [Subscription<'_>], options: &[MQTTSubscribe_options]) {
    for (subscription, options) in subscriptions.iter_mut().zip(options) {
        subscription.options |= options_byte(options);
    }
}

/// As Paho: nothing is checked here, what does not belong into the byte's fields spoils it
/// (contract C-8.3); the server will say so.
fn options_byte(options: &MQTTSubscribe_options) -> u8 {
    let MQTTSubscribe_options { noLocal, retainAsPublished, retainHandling, .. } = *options;
    noLocal.wrapping_shl(2) | retainAsPublished.wrapping_shl(3) | retainHandling.wrapping_shl(4)
}

#[cfg(test)]
mod tests {
    use std::ptr::null;

    use super::*;
    use crate::c_api::structs::subscribe_options::MQTTSubscribe_options_initializer;

    #[test]
    fn filters_have_their_options() {
        let topics = [c"a/#".as_ptr(), c"b".as_ptr()];
        let none = MQTTSubscribe_options_initializer;
        let options = [MQTTSubscribe_options { noLocal: 1, retainHandling: 2, ..none }, none];
        let mut read = unsafe { read_subscriptions(2, topics.as_ptr(), [1, 2].as_ptr()) }.unwrap();
        let seen = |read: &[Subscription<'_>]| -> Vec<_> {
            read.iter().map(|subscription| (subscription.filter.to_vec(), subscription.options)).collect()
        };
        assert_eq!(seen(&read), [(b"a/#".to_vec(), 1), (b"b".to_vec(), 2)]);
        add_options(&mut read, &options);
        assert_eq!(seen(&read), [(b"a/#".to_vec(), 0b10_0101), (b"b".to_vec(), 2)]);
        assert_eq!(unsafe { read_filters(2, topics.as_ptr()) }.unwrap(), [&b"a/#"[..], b"b"]);
    }

    /// Contract: the text of a filter before its QoS, and both before the next filter.
    #[test]
    fn checks_come_in_the_order_of_the_original() {
        let bad = c"\xFF".as_ptr();
        let read = |topics: [*const c_char; 2], levels: [c_int; 2]| {
            unsafe { read_subscriptions(2, topics.as_ptr(), levels.as_ptr()) }.err()
        };
        let good = c"a".as_ptr();
        assert!(matches!(read([bad, good], [3, 3]), Some(Error::BadUtf8)));
        assert!(matches!(read([good, bad], [3, 3]), Some(Error::BadQos)));
        assert!(matches!(read([good, null()], [0, 0]), Some(Error::BadUtf8)));
        assert!(matches!(unsafe { read_filters(1, null()) }, Err(Error::NullArgument)));
        assert!(matches!(filter_count(0), Err(Error::BadArgument)));
        assert!(matches!(filter_count(-1), Err(Error::BadArgument)));
    }
}

//! Which properties there are: MQTT 5.0 table 2-4.

/// The types of property values. The numbers are those of the C API (contract W-508).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum PropertyType {
    Byte = 0,
    TwoByteInteger = 1,
    FourByteInteger = 2,
    VariableByteInteger = 3,
    BinaryData = 4,
    Utf8String = 5,
    Utf8StringPair = 6,
}

/// Makes [`PropertyId`] and its lookups from one table, so that they cannot disagree.
macro_rules! property_ids {
    ($($id:ident = $number:literal $value_type:ident,)*) => {
        /// The identifiers of MQTT 5.0 table 2-4.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[allow(missing_docs)]
        pub enum PropertyId {
            $($id = $number,)*
        }

        impl PropertyId {
            /// All of them, in ascending order.
            #[cfg(test)]
            pub const ALL: &[PropertyId] = &[$(PropertyId::$id,)*];

            /// The property with this number, if there is one.
            #[inline]
            pub fn from_byte(number: u8) -> Option<PropertyId> {
                match number {
                    $($number => Some(PropertyId::$id),)*
                    _ => None,
                }
            }

            /// The type that its value has.
            #[inline]
            pub fn value_type(self) -> PropertyType {
                match self {
                    $(PropertyId::$id => PropertyType::$value_type,)*
                }
            }
        }
    };
}

property_ids! {
    PayloadFormatIndicator = 1 Byte,
    MessageExpiryInterval = 2 FourByteInteger,
    ContentType = 3 Utf8String,
    ResponseTopic = 8 Utf8String,
    CorrelationData = 9 BinaryData,
    SubscriptionIdentifier = 11 VariableByteInteger,
    SessionExpiryInterval = 17 FourByteInteger,
    AssignedClientIdentifier = 18 Utf8String,
    ServerKeepAlive = 19 TwoByteInteger,
    AuthenticationMethod = 21 Utf8String,
    AuthenticationData = 22 BinaryData,
    RequestProblemInformation = 23 Byte,
    WillDelayInterval = 24 FourByteInteger,
    RequestResponseInformation = 25 Byte,
    ResponseInformation = 26 Utf8String,
    ServerReference = 28 Utf8String,
    ReasonString = 31 Utf8String,
    ReceiveMaximum = 33 TwoByteInteger,
    TopicAliasMaximum = 34 TwoByteInteger,
    TopicAlias = 35 TwoByteInteger,
    MaximumQos = 36 Byte,
    RetainAvailable = 37 Byte,
    UserProperty = 38 Utf8StringPair,
    MaximumPacketSize = 39 FourByteInteger,
    WildcardSubscriptionAvailable = 40 Byte,
    SubscriptionIdentifiersAvailable = 41 Byte,
    SharedSubscriptionAvailable = 42 Byte,
}

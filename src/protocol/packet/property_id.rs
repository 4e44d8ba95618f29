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
    ($($id:ident = $number:literal $value_type:ident $name:literal,)*) => {
        /// The identifiers of MQTT 5.0 table 2-4.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[allow(missing_docs)]
        pub enum PropertyId {
            $($id = $number,)*
        }

        impl PropertyId {
            /// All of them, in ascending order.
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

            /// Its name as the C API spells it (contract W-508).
            pub fn name(self) -> &'static str {
                match self {
                    $(PropertyId::$id => $name,)*
                }
            }
        }
    };
}

property_ids! {
    PayloadFormatIndicator = 1 Byte "PAYLOAD_FORMAT_INDICATOR",
    MessageExpiryInterval = 2 FourByteInteger "MESSAGE_EXPIRY_INTERVAL",
    ContentType = 3 Utf8String "CONTENT_TYPE",
    ResponseTopic = 8 Utf8String "RESPONSE_TOPIC",
    CorrelationData = 9 BinaryData "CORRELATION_DATA",
    SubscriptionIdentifier = 11 VariableByteInteger "SUBSCRIPTION_IDENTIFIER",
    SessionExpiryInterval = 17 FourByteInteger "SESSION_EXPIRY_INTERVAL",
    AssignedClientIdentifier = 18 Utf8String "ASSIGNED_CLIENT_IDENTIFIER",
    ServerKeepAlive = 19 TwoByteInteger "SERVER_KEEP_ALIVE",
    AuthenticationMethod = 21 Utf8String "AUTHENTICATION_METHOD",
    AuthenticationData = 22 BinaryData "AUTHENTICATION_DATA",
    RequestProblemInformation = 23 Byte "REQUEST_PROBLEM_INFORMATION",
    WillDelayInterval = 24 FourByteInteger "WILL_DELAY_INTERVAL",
    RequestResponseInformation = 25 Byte "REQUEST_RESPONSE_INFORMATION",
    ResponseInformation = 26 Utf8String "RESPONSE_INFORMATION",
    ServerReference = 28 Utf8String "SERVER_REFERENCE",
    ReasonString = 31 Utf8String "REASON_STRING",
    ReceiveMaximum = 33 TwoByteInteger "RECEIVE_MAXIMUM",
    TopicAliasMaximum = 34 TwoByteInteger "TOPIC_ALIAS_MAXIMUM",
    TopicAlias = 35 TwoByteInteger "TOPIC_ALIAS",
    MaximumQos = 36 Byte "MAXIMUM_QOS",
    RetainAvailable = 37 Byte "RETAIN_AVAILABLE",
    UserProperty = 38 Utf8StringPair "USER_PROPERTY",
    MaximumPacketSize = 39 FourByteInteger "MAXIMUM_PACKET_SIZE",
    WildcardSubscriptionAvailable = 40 Byte "WILDCARD_SUBSCRIPTION_AVAILABLE",
    SubscriptionIdentifiersAvailable = 41 Byte "SUBSCRIPTION_IDENTIFIERS_AVAILABLE",
    SharedSubscriptionAvailable = 42 Byte "SHARED_SUBSCRIPTION_AVAILABLE",
}

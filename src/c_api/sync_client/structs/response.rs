//! MQTTResponse: what a server answered, for the functions of MQTT 5.0.

use std::ffi::c_int;
use std::ptr::null_mut;

use crate::c_api::calls::Outcome;
use crate::c_api::reason_codes::MQTTReasonCodes;
use crate::c_api::structs::ReasonCodeNumber;
use crate::c_api::structs::properties::MQTTProperties;

/// What a function of MQTT 5.0 returns: the server's answer, or why there is none.
///
/// To be freed with MQTTResponse_free.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTResponse {
    /// 1.
    pub version: c_int,
    /// If negative, one of the MQTTCLIENT_ return codes: the call failed. Else the server's reason
    /// code, the first one if there are several; those from 128 on report a failure.
    pub reasonCode: ReasonCodeNumber,
    /// How many reason codes the server sent: for a subscription, one for each topic filter.
    pub reasonCodeCount: c_int,
    /// The reason codes if there is more than one, else NULL.
    pub reasonCodes: *mut ReasonCodeNumber,
    /// The properties of the answer. NULL if there are none.
    pub properties: *mut MQTTProperties,
}

/// Success, and nothing to be freed.
pub const MQTTResponse_initializer: MQTTResponse = MQTTResponse {
    version: 1,
    reasonCode: MQTTReasonCodes::MQTTREASONCODE_SUCCESS as ReasonCodeNumber,
    reasonCodeCount: 0,
    reasonCodes: null_mut(),
    properties: null_mut(),
};

impl MQTTResponse {
    /// Whether the program has nothing to free with it.
    pub(in crate::c_api) fn is_code_only(&self) -> bool {
        self.properties.is_null() && self.reasonCodes.is_null()
    }
}

impl Outcome for MQTTResponse {
    fn code(&self) -> Option<i64> {
        self.reasonCode.code()
    }
}

//! The frame at which the unwinding of a thread that ends stops, for each processor.

use std::ffi::{c_int, c_void};

pub type Run = unsafe extern "C-unwind" fn(*mut c_void);

unsafe extern "C-unwind" {
    fn _Unwind_SetGR(context: *mut c_void, register: c_int, value: usize);
    fn _Unwind_SetIP(context: *mut c_void, address: usize);
    fn _Unwind_GetLanguageSpecificData(context: *mut c_void) -> usize;
}

unsafe extern "C-unwind" {
    /// Goes on with what [`enter`] has returned, from the caller's frame on.
    #[link_name = "_Unwind_Resume"]
    pub fn unwind_on(exception: *mut c_void) -> !;
}

unsafe extern "C-unwind" {
    /// Calls the function. Returns NULL, or what unwinds the stack if a thread's end does: it stops here.
    ///
    /// The language-specific data of this frame is the address where it goes on then, in the register in which
    /// functions return a value. Debuggers see through this frame like through any other.
    #[link_name = "ferro_mqtt_enter"]
    pub fn enter(run: Run, slot: *mut c_void) -> *mut c_void;
}

/// Writes [`enter`] in assembly, to be seen inside this library only.
macro_rules! enter {
    ($($line:literal,)*) => {
        std::arch::global_asm!(
            ".pushsection .text.ferro_mqtt_enter, \"ax\", @progbits",
            ".balign 16",
            ".globl ferro_mqtt_enter",
            ".hidden ferro_mqtt_enter",
            ".type ferro_mqtt_enter, @function",
            "ferro_mqtt_enter:",
            ".cfi_startproc",
            ".cfi_personality 0x1b, {personality}", // as distances, in four bytes with a sign
            ".cfi_lsda 0x1b, .Lends_here",
            $($line,)*
            ".cfi_endproc",
            ".size ferro_mqtt_enter, . - ferro_mqtt_enter",
            ".popsection",
            personality = sym stop_here,
        );
    };
}

#[cfg(target_arch = "x86_64")]
enter! {
    "push rbp",
    ".cfi_def_cfa_offset 16",
    ".cfi_offset rbp, -16",
    "mov rbp, rsp",
    ".cfi_def_cfa_register rbp",
    "mov rax, rdi",
    "mov rdi, rsi",
    "call rax",
    "xor eax, eax",
    ".Lends_here:",
    "pop rbp",
    ".cfi_def_cfa rsp, 8",
    "ret",
}

#[cfg(target_arch = "x86")]
enter! {
    "push ebp",
    ".cfi_def_cfa_offset 8",
    ".cfi_offset ebp, -8",
    "mov ebp, esp",
    ".cfi_def_cfa_register ebp",
    "sub esp, 4", // the stack is aligned to 16 bytes where a function is called
    "push dword ptr [ebp + 12]",
    "call dword ptr [ebp + 8]",
    "xor eax, eax",
    ".Lends_here:",
    "leave",
    ".cfi_def_cfa esp, 4",
    "ret",
}

#[cfg(target_arch = "aarch64")]
enter! {
    "stp x29, x30, [sp, #-16]!",
    ".cfi_def_cfa_offset 16",
    ".cfi_offset x29, -16",
    ".cfi_offset x30, -8",
    "mov x29, sp",
    ".cfi_def_cfa_register x29",
    "mov x8, x0",
    "mov x0, x1",
    "blr x8",
    "mov x0, #0",
    ".Lends_here:",
    "ldp x29, x30, [sp], #16",
    ".cfi_def_cfa sp, 0",
    "ret",
}

/// What the unwinder asks when it comes by `enter`: to stop if a thread ends, and to go on otherwise, since
/// an exception of C++ that leaves a callback is an error of the application's.
unsafe extern "C-unwind" fn stop_here(
    _version: c_int,
    actions: c_int,
    _class: u64,
    exception: *mut c_void,
    context: *mut c_void,
) -> c_int {
    const CLEANUP_PHASE: c_int = 2;
    const FORCE_UNWIND: c_int = 8;
    const INSTALL_CONTEXT: c_int = 7;
    const CONTINUE_UNWIND: c_int = 8;
    /// The one in which functions return a value: rax, eax, x0.
    const REGISTER: c_int = 0;
    if actions & CLEANUP_PHASE == 0 || actions & FORCE_UNWIND == 0 {
        return CONTINUE_UNWIND;
    }
    // SAFETY: the unwinder's context, and the address that `enter` names.
    unsafe {
        _Unwind_SetGR(context, REGISTER, exception.addr());
        _Unwind_SetIP(context, _Unwind_GetLanguageSpecificData(context));
    }
    INSTALL_CONTEXT
}

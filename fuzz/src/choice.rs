/// Makes choices that depend on nothing but a text, so that a failure can be repeated.
pub(crate) struct Choice(u64);

impl Choice {
    /// FNV-1a of the text is where the choices begin.
    pub(crate) fn of(text: &str) -> Self {
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(text.bytes().fold(0xcbf2_9ce4_8422_2325, mix) | 1)
    }

    /// One of them.
    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        // An xorshift generator.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let len = u64::try_from(of.len()).expect("as many fit");
        of[usize::try_from(self.0 % len).expect("less than the length")]
    }
}

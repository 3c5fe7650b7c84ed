/// Numbers the steps of the walk.
#[derive(Default)]
pub(crate) struct Steps(u32);

impl Steps {
    /// Begins a step.
    pub(crate) fn step(&mut self, title: &str) {
        self.0 += 1;
        println!();
        println!("{:>2}. {title}", self.0);
    }

    /// Says what happened in it.
    #[expect(clippy::unused_self, reason = "what happened belongs to a step")]
    pub(crate) fn say(&self, what: impl std::fmt::Display) {
        println!("    {what}");
    }
}

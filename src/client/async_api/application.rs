//! The application, as a client sees it that does not wait.

use super::api::AsyncApi;
use super::options::Credentials;
use crate::client::application::Application;
use crate::client::outcome::Outcome;

/// What an application has besides [`Application`] that makes requests and hears of their outcome.
pub trait AsyncApplication: Application<Api = AsyncApi<<Self as AsyncApplication>::Token>> {
    /// Stands for a request. It comes back once, with the outcome: see [`AsyncApplication::complete`].
    type Token: Copy + Send + Sync + 'static;

    /// Whether anybody hears that a request has succeeded. What it was about is only kept then.
    fn hears_of_success(token: &Self::Token) -> bool;

    /// Whether anybody hears that a request has failed.
    fn hears_of_failure(token: &Self::Token) -> bool;

    /// This is what became of a request. Its packet identifier is 0 if it has none.
    fn complete(&self, token: Self::Token, packet_id: u16, outcome: &Outcome<'_>);

    /// Whether there is somebody to hear of [`AsyncApplication::connected`].
    fn handles_connected(&self) -> bool;

    /// There is a connection. `after_success`: the request for it has just been told to have succeeded.
    fn connected(&self, after_success: bool);

    /// Whether there is somebody to hear of [`AsyncApplication::update_credentials`].
    fn handles_update(&self) -> bool;

    /// The client is about to connect again by itself: what to log in with (contract ).
    fn update_credentials(&self, credentials: &mut Credentials);
}

//! Doors: opened, listed, closed. What comes in by them: [`super::ways_in`].

use api::NewDoor;
use axum::extract::{Request, State};
use event::Name;

use super::thing;
use crate::answer::{self, Answer};
use crate::app::App;
use crate::parts::{Asks, Steps};

pub(crate) async fn add(State(app): State<App>, Asks(caller): Asks, request: Request) -> Answer {
    let door: NewDoor = thing(&app, request).await?;
    answer::created(&app.service.add_door(&caller, door).await?)
}

pub(crate) async fn list(State(app): State<App>, Asks(caller): Asks) -> Answer {
    answer::ok(&app.service.list_doors(&caller).await?)
}

pub(crate) async fn remove(State(app): State<App>, Asks(caller): Asks, Steps(name): Steps<Name>) -> Answer {
    app.service.remove_door(&caller, name).await?;
    answer::nothing()
}

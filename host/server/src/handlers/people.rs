//! People, their addresses, and tokens.

use api::{AddressEdit, Decision, NewAddress, NewToken, NewUser, Problem, RotateAddress, UserEdit};
use axum::extract::{Request, State};
use event::Name;

use super::thing;
use crate::answer::{self, Answer};
use crate::app::App;
use crate::parts::{Asks, Steps};
use crate::query::Query;

pub(crate) async fn create_token(State(app): State<App>, Asks(caller): Asks, request: Request) -> Answer {
    let token: NewToken = thing(&app, request).await?;
    answer::created(&app.service.create_token(&caller, token).await?)
}

pub(crate) async fn tokens(State(app): State<App>, Asks(caller): Asks, query: Query) -> Answer {
    answer::ok(&app.service.list_tokens(&caller, query.user()?, query.page()?).await?)
}

pub(crate) async fn revoke_token(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps(id_or_name): Steps<String>,
) -> Answer {
    app.service.revoke_token(&caller, id_or_name).await?;
    answer::nothing()
}

pub(crate) async fn add(State(app): State<App>, Asks(caller): Asks, request: Request) -> Answer {
    let user: NewUser = thing(&app, request).await?;
    answer::created(&app.service.add_user(&caller, user).await?)
}

pub(crate) async fn list(State(app): State<App>, Asks(caller): Asks, query: Query) -> Answer {
    answer::ok(&app.service.list_users(&caller, query.page()?).await?)
}

pub(crate) async fn show(State(app): State<App>, Asks(caller): Asks, Steps(user): Steps<Name>) -> Answer {
    answer::ok(&app.service.get_user(&caller, user).await?)
}

pub(crate) async fn edit(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps(user): Steps<Name>,
    request: Request,
) -> Answer {
    let edit: UserEdit = thing(&app, request).await?;
    answer::ok(&app.service.edit_user(&caller, user, edit).await?)
}

pub(crate) async fn holdings(State(app): State<App>, Asks(caller): Asks, Steps(user): Steps<Name>) -> Answer {
    answer::ok(&app.service.get_holdings(&caller, user).await?)
}

pub(crate) async fn remove(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps(user): Steps<Name>,
    query: Query,
) -> Answer {
    let decision = match (query.word("end")?.unwrap_or(false), query.word("transfer_to")?) {
        (false, None) => None,
        (true, None) => Some(Decision::End),
        (false, Some(to)) => Some(Decision::TransferTo(to)),
        (true, Some(_)) => {
            return Err(Problem::bad_request("`end` and `transfer_to` contradict each other.").into());
        }
    };
    answer::ok(&app.service.remove_user(&caller, user, decision).await?)
}

pub(crate) async fn add_address(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps(user): Steps<Name>,
    request: Request,
) -> Answer {
    let address: NewAddress = thing(&app, request).await?;
    answer::created(&app.service.add_address(&caller, user, address).await?)
}

pub(crate) async fn addresses(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps(user): Steps<Name>,
) -> Answer {
    answer::ok(&app.service.list_addresses(&caller, user).await?)
}

pub(crate) async fn address(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps((user, name)): Steps<(Name, Name)>,
) -> Answer {
    answer::ok(&app.service.get_address(&caller, user, name).await?)
}

pub(crate) async fn edit_address(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps((user, name)): Steps<(Name, Name)>,
    request: Request,
) -> Answer {
    let edit: AddressEdit = thing(&app, request).await?;
    answer::ok(&app.service.edit_address(&caller, user, name, edit).await?)
}

pub(crate) async fn remove_address(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps((user, name)): Steps<(Name, Name)>,
) -> Answer {
    app.service.remove_address(&caller, user, name).await?;
    answer::nothing()
}

pub(crate) async fn rotate_address(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps((user, name)): Steps<(Name, Name)>,
    request: Request,
) -> Answer {
    let rotate: RotateAddress = thing(&app, request).await?;
    answer::ok(&app.service.rotate_address(&caller, user, name, rotate).await?)
}

pub(crate) async fn test_address(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps((user, name)): Steps<(Name, Name)>,
) -> Answer {
    answer::ok(&app.service.test_address(&caller, user, name).await?)
}

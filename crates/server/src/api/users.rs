//! People for programs: who there is, who may come in, keys.
//!
//! A password and a token go one way only: neither is ever shown again.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use catalog::id::{LibraryId, UserId};
use catalog::people::{Role, User};

use crate::app::{App, Shared, ask};
use crate::auth::{Permission, Person, may};
use crate::extract::{self, Path};
use crate::listen::{Caller, address};
use crate::people::{PeopleError, Right};
use crate::problem::Problem;
use crate::repeat::{ByHeart, Once, by_heart};

/// Человек со входом.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserShown {
    /// Имя для входа.
    name: String,
    /// Как обращаться; у кого имя стёрто – «имя стёрто».
    title: String,
    #[schema(value_type = String, example = "librarian")]
    role: Role,
    /// Где работает; `null` – вся сеть.
    #[schema(value_type = Option<String>)]
    library: Option<LibraryId>,
    disabled: bool,
}

impl From<User> for UserShown {
    fn from(user: User) -> Self {
        Self {
            name: user.id.to_string(),
            title: user.title,
            role: user.role,
            library: user.library,
            disabled: user.disabled,
        }
    }
}

/// Кто я и что мне можно.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    #[serde(flatten)]
    user: UserShown,
    /// Название моей библиотеки или всей сети.
    library_name: String,
    /// Права роли.
    may: Vec<&'static str>,
}

/// Кто я.
#[utoipa::path(get, path = "/api/v1/me", tag = "session", responses((status = 200, body = Me)))]
pub(crate) async fn me(person: Person) -> Json<Me> {
    let role = person.user.role;
    let allowed = Permission::ALL.iter().filter(|what| may(role, **what));
    Json(Me {
        may: allowed.map(|what| what.code()).collect(),
        library_name: person.library_name,
        user: person.user.into(),
    })
}

/// Люди, которыми вы управляете.
#[utoipa::path(get, path = "/api/v1/users", tag = "admin",
    responses((status = 200, body = Vec<UserShown>)))]
pub(crate) async fn list(
    State(app): State<Shared>,
    person: Person,
) -> Result<Json<Vec<UserShown>>, Problem> {
    ask(&app, move |app| {
        let users = app.catalog().users()?.into_iter();
        let own = users.filter(|user| person.must_manage(app, user.library.as_ref()).is_ok());
        Ok(Json(own.map(UserShown::from).collect()))
    })
    .await
}

/// Новый человек.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewUser {
    /// Имя для входа: без пробелов, до 64 знаков.
    #[schema(value_type = String, example = "ivanova")]
    name: UserId,
    /// Как обращаться.
    #[serde(default)]
    title: String,
    /// `admin`, `head`, `librarian`, `auditor`, `reader`.
    #[schema(value_type = String, example = "librarian")]
    role: Role,
    /// Где работает; без этого – вся сеть.
    #[schema(value_type = Option<String>)]
    library: Option<LibraryId>,
    /// Не короче 12 знаков; без пароля войти можно только по ключу.
    #[schema(min_length = 12)]
    password: Option<String>,
}

/// Завести человека.
#[utoipa::path(post, path = "/api/v1/users", tag = "admin", request_body = NewUser,
    responses((status = 201, body = UserShown)))]
pub(crate) async fn add(
    State(app): State<Shared>,
    person: Person,
    once: Once,
    extract::Json(new): extract::Json<NewUser>,
) -> Result<(StatusCode, Json<UserShown>), Problem> {
    ask(&app, move |app| {
        person.must_manage(app, new.library.as_ref())?;
        let user = User {
            id: new.name,
            title: new.title,
            role: new.role,
            library: new.library,
            disabled: false,
        };
        let doing = once.doing(&person);
        app.people()
            .add(doing, user.clone(), new.password.as_deref())?;
        Ok((StatusCode::CREATED, Json(user.into())))
    })
    .await
}

/// The user, if the person may manage them.
fn managed(app: &App, person: &Person, name: &UserId) -> Result<User, Problem> {
    let user = app.catalog().user(name)?;
    let user = user.ok_or_else(|| Problem::not_found(format!("Имени {name} нет")))?;
    person.must_manage(app, user.library.as_ref())?;
    Ok(user)
}

type Changed = Result<(Option<Extension<ByHeart>>, Json<UserShown>), Problem>;

/// The person as written; as they stand, when there was nothing to write.
fn changed(written: Option<User>, stands: User) -> (Option<Extension<ByHeart>>, Json<UserShown>) {
    // The name of a reader is kept nowhere but under its seal.
    let nothing = by_heart(written.is_none() && stands.role != Role::Reader);
    (nothing, Json(written.unwrap_or(stands).into()))
}

/// Что меняется у человека; не названное остаётся.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct UserChange {
    /// Как обращаться.
    title: Option<String>,
    /// `admin`, `head`, `librarian`, `auditor`, `reader`; вместе с ней называют `library`.
    #[schema(value_type = Option<String>, example = "librarian")]
    role: Option<Role>,
    /// Где работает; без неё новая роль действует во всей сети.
    #[schema(value_type = Option<String>)]
    library: Option<LibraryId>,
    /// `false` открывает закрытый вход снова.
    disabled: Option<bool>,
}

/// Изменить обращение, роль с библиотекой, открыть или закрыть вход.
#[utoipa::path(put, path = "/api/v1/users/{name}", tag = "admin",
    params(("name" = String, Path, description = "Имя для входа")), request_body = UserChange,
    responses((status = 200, body = UserShown)))]
pub(crate) async fn change(
    State(app): State<Shared>,
    person: Person,
    once: Once,
    Path(name): Path<UserId>,
    extract::Json(new): extract::Json<UserChange>,
) -> Changed {
    ask(&app, move |app| {
        let stands = managed(app, &person, &name)?;
        let wrong = |why: &str| Err(PeopleError::Wrong(why.to_owned()).into());
        if new.library.is_some() && new.role.is_none() {
            return wrong("Вместе с библиотекой называют и роль: впишите role");
        }
        if name == person.user.id && (new.role.is_some() || new.disabled.is_some()) {
            return wrong("Своих прав не меняют: попросите другого администратора");
        }
        if new.role.is_some() {
            person.must_manage(app, new.library.as_ref())?;
        }
        let right = Right {
            title: new.title,
            powers: new.role.map(|role| (role, new.library)),
            disabled: new.disabled,
        };
        let written = app.people().change(once.doing(&person), &name, right)?;
        Ok(changed(written, stands))
    })
    .await
}

/// Закрыть вход: сеансы и ключи человека стираются.
#[utoipa::path(post, path = "/api/v1/users/{name}/disable", tag = "admin",
    params(("name" = String, Path, description = "Имя для входа")),
    responses((status = 200, body = UserShown)))]
pub(crate) async fn disable(
    State(app): State<Shared>,
    person: Person,
    once: Once,
    Path(name): Path<UserId>,
) -> Changed {
    ask(&app, move |app| {
        let user = managed(app, &person, &name)?;
        if name == person.user.id {
            let why = "Себе вход не закрывают: попросите другого администратора";
            return Err(PeopleError::Wrong(why.to_owned()).into());
        }
        let written = app.people().disable(once.doing(&person), &name)?;
        Ok(changed(written, user))
    })
    .await
}

/// Стереть имя читателя: вход закрывается, имя не вернёт никто; имена сотрудников не стираются.
#[utoipa::path(post, path = "/api/v1/users/{name}/erase", tag = "admin",
    params(("name" = String, Path, description = "Имя для входа")),
    responses((status = 200, body = UserShown)))]
pub(crate) async fn erase(
    State(app): State<Shared>,
    person: Person,
    once: Once,
    Path(name): Path<UserId>,
) -> Result<Json<UserShown>, Problem> {
    ask(&app, move |app| {
        managed(app, &person, &name)?;
        app.people().erase(once.doing(&person), &name)?;
        Ok(Json(managed(app, &person, &name)?.into()))
    })
    .await
}

/// Новый пароль.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewPassword {
    #[schema(min_length = 12)]
    password: String,
}

/// Сменить пароль другому: его открытые сеансы закрываются. Свой меняют на странице «Мой вход», зная нынешний.
#[utoipa::path(post, path = "/api/v1/users/{name}/password", tag = "admin",
    params(("name" = String, Path, description = "Имя для входа")), request_body = NewPassword,
    responses((status = 204, description = "Пароль сменён")))]
pub(crate) async fn password(
    State(app): State<Shared>,
    person: Person,
    caller: Option<Extension<Caller>>,
    Path(name): Path<UserId>,
    extract::Json(new): extract::Json<NewPassword>,
) -> Result<StatusCode, Problem> {
    let address = address(caller.as_deref());
    ask(&app, move |app| {
        managed(app, &person, &name)?;
        let by = person.by(&address);
        app.people()
            .set_password_of_another(by, &name, &new.password)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// Ключ для программ.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewToken {
    /// Пошлите его в `Authorization: Bearer …`; второй раз он не показывается.
    token: String,
}

/// Выдать ключ для программ.
#[utoipa::path(post, path = "/api/v1/users/{name}/token", tag = "admin",
    params(("name" = String, Path, description = "Имя для входа")),
    responses((status = 201, body = NewToken)))]
pub(crate) async fn token(
    State(app): State<Shared>,
    person: Person,
    caller: Option<Extension<Caller>>,
    Path(name): Path<UserId>,
) -> Result<(StatusCode, Json<NewToken>), Problem> {
    let address = address(caller.as_deref());
    ask(&app, move |app| {
        managed(app, &person, &name)?;
        let token = app.people().token(person.by(&address), &name)?;
        Ok((StatusCode::CREATED, Json(NewToken { token })))
    })
    .await
}

//! Заголовок файла: whose it is, in what it counts money, and by which policy.

use serde_json::Value;

use super::Poster;
use crate::Error;
use crate::fund::draft::Order;
use crate::fund::network::{self, LibraryNode, NodeKind};
use crate::fund::policy::Policy;
use crate::id::LibraryId;
use crate::rule::{Finding, Rule};

impl Poster<'_> {
    /// Sums are kopecks; a file that says otherwise would be posted wrong by a hundred times.
    pub(super) fn money_unit(&mut self, file: &Value) -> bool {
        let unit = match file.get("money_unit") {
            None | Some(Value::Null) => return true,
            Some(unit) => unit.as_str().unwrap_or_default().to_lowercase(),
        };
        let kopecks = unit.contains("kop") || unit.contains("коп");
        if !kopecks {
            let detail = "Суммы в файле должны стоять в копейках: пересчитайте их и впишите money_unit «kopeck» или уберите ключ";
            self.refuse(
                "file",
                vec![Finding::new(Rule::FileShape, "/money_unit", detail)],
            );
        }
        kopecks
    }

    /// The library named, or the one that the file names, or the only one; an empty folder gets MAIN.
    pub(super) fn settle_library(
        &mut self,
        named: Option<&LibraryId>,
        file: &Value,
    ) -> Result<bool, Error> {
        let said = match file.get("library") {
            None | Some(Value::Null) => None,
            Some(Value::String(said)) => Some(said.trim().to_owned()),
            Some(_) => {
                let detail = "library – это код или название библиотеки: исправьте файл";
                self.refuse(
                    "file",
                    vec![Finding::new(Rule::FileShape, "/library", detail)],
                );
                return Ok(false);
            }
        };
        let code = said
            .as_deref()
            .and_then(|said| said.parse::<LibraryId>().ok());
        let nodes = network::nodes(self.catalog.view())?;
        let wanted = named.or(code.as_ref());
        if nodes.is_empty() && wanted.is_none_or(|id| *id == self.library) {
            self.make_main()?;
        } else {
            let found = self.found(wanted, &nodes)?;
            let Some(found) = found else {
                self.no_library(&nodes);
                return Ok(false);
            };
            self.library = found;
        }
        self.agrees(said.as_deref(), code.as_ref())
    }

    fn make_main(&mut self) -> Result<(), Error> {
        let node = LibraryNode {
            id: self.library.clone(),
            name: "Библиотека".to_owned(),
            parent: None,
            kind: NodeKind::School,
        };
        if let Err(findings) = self.run(None, Order::AddLibrary(node), None)? {
            self.refuse("file", findings);
        }
        Ok(())
    }

    fn found(
        &self,
        wanted: Option<&LibraryId>,
        nodes: &[LibraryNode],
    ) -> Result<Option<LibraryId>, Error> {
        let mut legal = nodes.iter().filter(|n| n.kind == NodeKind::School);
        Ok(match (wanted, legal.next(), legal.next()) {
            // A region has no fund of its own.
            (Some(id), _, _) => network::legal_library(self.catalog.view(), id)?
                .filter(|node| node.kind != NodeKind::Region)
                .map(|node| node.id),
            (None, Some(only), None) => Some(only.id.clone()),
            (None, _, _) => None,
        })
    }

    fn no_library(&mut self, nodes: &[LibraryNode]) {
        let codes: Vec<String> = nodes.iter().map(|n| n.id.to_string()).collect();
        let detail = format!(
            "Назовите библиотеку ключом --library; в сети есть: {}",
            codes.join(", ")
        );
        self.refuse(
            "file",
            vec![Finding::new(Rule::LibraryUnknown, "/library", detail)],
        );
    }

    /// Whether the file is for the library it is posted to, when it says for which.
    fn agrees(&mut self, said: Option<&str>, code: Option<&LibraryId>) -> Result<bool, Error> {
        let Some(said) = said.filter(|said| !said.is_empty()) else {
            return Ok(self.report.refused.is_empty());
        };
        let view = self.catalog.view();
        let own = network::node(view, &self.library)?.is_some_and(|node| node.name == said);
        let legal = match code {
            Some(code) => network::legal_library(view, code)?.map(|node| node.id),
            None => None,
        };
        if own || legal.as_ref() == Some(&self.library) {
            return Ok(self.report.refused.is_empty());
        }
        let detail = format!(
            "Файл для библиотеки «{said}», а проводится в {}: назовите нужную ключом --library или исправьте library в файле",
            self.library
        );
        if code.is_some() {
            self.refuse(
                "file",
                vec![Finding::new(Rule::LibraryUnknown, "/library", detail)],
            );
            return Ok(false);
        }
        self.remark(
            "file",
            vec![Finding::new(Rule::UnknownKey, "/library", detail)],
        );
        Ok(self.report.refused.is_empty())
    }

    /// Whether the file's policy is in force; numbers given by another would be wrong for ever.
    pub(super) fn policy(&mut self, file: &Value) -> Result<bool, Error> {
        let Some(given) = file.get("policy").filter(|p| !p.is_null()) else {
            return Ok(true);
        };
        let answer = match Policy::parse(given) {
            Ok(policy) => self.run(None, Order::SetPolicy(policy), None)?,
            Err(findings) => Err(findings),
        };
        let settled = answer.is_ok();
        self.settle("policy", answer);
        Ok(settled)
    }
}

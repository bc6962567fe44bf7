//! Words for catalogues that nobody has: Russian nouns, adjectives and names in the cases that titles need.
//!
//! Words are found by number, so that the same number is the same word in every run; common words
//! have low numbers. The lists are plain vocabulary; longer words are made by joining.

/// A case that a title asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// кто? что?
    Nominative,
    /// кого? чего?
    Genitive,
    /// о ком? о чём?
    Prepositional,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gender {
    Masculine,
    Feminine,
    Neuter,
}

/// Masculine nouns of a hard consonant: «лес», «леса», «лесе».
const MASCULINE: &str = "лес город завод театр роман закон рынок-рынк язык народ суд труд дом сад мир спорт танец-танц \
    урок учебник словарь-словар полёт остров океан металл кристалл газ раствор процесс анализ синтез метод проект \
    ремонт станок-станк прибор двигатель-двигател мотор корабль-корабл самолёт поезд мост канал бетон камень-камн \
    рассказ стих герой-геро поэт художник мастер врач солдат командир инженер князь-княз царь-цар \
    монастырь-монастыр храм праздник обряд обычай-обыча костюм узор орнамент портрет пейзаж музей-музе архив \
    климат ветер-ветр снег дождь-дожд лёд-льд вулкан хребет-хребт песок-песк почвовед зверь-звер волк медведь-медвед \
    ребёнок-ребёнк класс экзамен диктант договор бюджет налог кредит банк капитал доход тариф маркетинг \
    алгоритм язычник компьютер сигнал код вектор график интеграл оператор фонд каталог читатель-читател журнал";
/// Feminine nouns in -а: «книга», «книги», «книге».
const FEMININE: &str = "книга сказка песня-песн земля-земл вода река гора война победа школа наука культура литература \
    природа картина музыка опера поэма драма комедия-комеди грамматика физика химия-хими биология-биологи \
    история-истори география-географи экономика политика математика алгебра геометрия-геометри техника машина \
    механика энергетика электроника медицина хирургия-хирурги аптека болезнь-болезн трава птица рыба пчела корова \
    лошадь-лошад роза берёза сосна ягода пшеница картошка кухня-кухн рукопись-рукопис летопись-летопис икона \
    архитектура скульптура живопись-живопис графика мода вышивка керамика семья-семь женщина девочка бабушка \
    игра загадка пословица дружба любовь-любв надежда-надежд правда тайна дорога тропа звезда планета \
    комета ракета космонавтика психология-психологи педагогика философия-философи логика этика религия-религи \
    церковь-церкв молитва легенда экспедиция-экспедици карта граница деревня-деревн столица крепость-крепост \
    армия-арми разведка партия-парти революция-революци реформа конституция-конституци полиция-полици система \
    структура модель-модел теория-теори практика задача программа сеть-сет база информация-информаци безопасность-безопасност";
/// Neuter nouns in -о and -ие: «искусство», «учение».
const NEUTER: &str = "искусство дело право слово письмо стекло дерево озеро море-мор поле-пол небо сердце-сердц лекарство \
    хозяйство производство строительство общество государство богатство детство творчество наследство \
    воспитание-воспитани образование-образовани обучение-обучени развитие-развити управление-управлени \
    планирование-планировани проектирование-проектировани программирование-программировани исследование-исследовани \
    измерение-измерени движение-движени излучение-излучени давление-давлени питание-питани лечение-лечени \
    земледелие-земледели растение-растени животноводство сочинение-сочинени путешествие-путешестви восстание-восстани \
    сражение-сражени предание-предани сказание-сказани воспоминание-воспоминани учение-учени мышление-мышлени \
    сознание-сознани поведение-поведени общение-общени чтение-чтени описание-описани введение-введени";
/// Adjectives by stem.
const ADJECTIVES: &str = "нов стар русск советск народн детск школьн научн популярн практическ теоретическ общ современн \
    древн-н классическ избранн полн кратк мал велик перв последн-н красн бел чёрн зелён золот серебрян \
    северн южн восточн западн сибирск уральск волжск кавказск московск петербургск новгородск сельск городск лесн \
    морск речн горн степн зимн-н летн-н военн мирн историческ литературн художествен музыкальн театральн \
    государственн правов экономическ финансов промышленн технологическ техническ механическ электрическ тепл \
    ядерн химическ физическ биологическ медицинск клиническ ветеринарн сельскохозяйственн строительн транспортн \
    железнодорожн авиационн космическ вычислительн цифров информационн математическ статистическ прикладн \
    экспериментальн системн региональн международн европейск азиатск французск немецк английск татарск башкирск \
    семейн женск мужск молодёжн педагогическ психологическ социальн философск религиозн православн эстетическ \
    неизвестн забыт тайн утренн-н вечерн-н ночн звёздн солнечн лунн снежн дик домашн-н вольн живой-жив мёртв";
/// Beginnings of learned words; joined to nouns and adjectives they make the rare ones.
const LEARNED: &str = "агро аэро био вибро видео гео гидро гипер кино космо крио лазеро макро мега металло метео микро \
    мульти нейро нано орто палео пара пневмо поли псевдо радио сверх сейсмо спектро стерео супер теле термо \
    ультра фито фото хроно цито экзо эко электро энерго этно авто анти архео астро";
/// Surname stems; an ending makes the surname.
const SURNAMES: &str = "иван петр сидор смирн кузнец попов васильев-васил соколь михайл новик фёдор мороз волк алексе лебед \
    семён егор павл козл степан никола орл андре макар никит захар зайц соловь борис яковл григор роман воробь \
    сергее кузьм фрол александр дмитри королёв-корол гусь-гус кисел ильин-иль максим поляк сорок виноград ковал бел \
    медвед антон тарас жук баран филипп комар давыд беля герасим богдан осип сидель матве тит марк миронов-мирон \
    крыл куликов-кулик карп власов-влас мельник денис гаврил тихон казак афанась данил савел тимофе фом чернышёв-черныш \
    абрам мартын ефим федот щербак назар калин исаев-иса чернов-черн быков-бык маслов-масл родион коновал лазар \
    воронов-ворон климов-клим филат пономарь-пономар голуб куприян прохор наум потап журавль-журавл овчинник труха \
    шестак дроздов-дрозд ермак рожь-рож снегирь-снегир берез дубин-дуб кленов-клён рябин осин ёлк громов-гром";
const SURNAME_ENDINGS: [&str; 8] = ["ов", "ин", "ский", "енко", "ович", "цев", "ков", "юк"];
/// First names and the patronymics of their bearers' children.
const NAMES: &str = "Александр/Александрович Алексей/Алексеевич Андрей/Андреевич Борис/Борисович Василий/Васильевич \
    Виктор/Викторович Владимир/Владимирович Георгий/Георгиевич Григорий/Григорьевич Дмитрий/Дмитриевич \
    Евгений/Евгеньевич Иван/Иванович Игорь/Игоревич Константин/Константинович Лев/Львович Михаил/Михайлович \
    Николай/Николаевич Олег/Олегович Павел/Павлович Пётр/Петрович Сергей/Сергеевич Степан/Степанович \
    Фёдор/Фёдорович Юрий/Юрьевич Яков/Яковлевич Эдуард/Эдуардович Тимофей/Тимофеевич Захар/Захарович";
pub(super) const CITIES: [&str; 12] = [
    "Москва",
    "Санкт-Петербург",
    "Ленинград",
    "Казань",
    "Новосибирск",
    "Екатеринбург",
    "Уфа",
    "Самара",
    "Ростов-на-Дону",
    "Воронеж",
    "Пермь",
    "Томск",
];
const HOUSES: &str = "Наука Просвещение Мысль Искусство Недра Химия Мир Физматлит Дрофа Азбука Вече Заря Родник Радуга \
    Прометей Логос Статус Аспект Феникс Гелиос Вектор Интеграл Лань Юрист Экономист Медгиз Детгиз Учпедгиз Росток Сириус";

/// All the words, taken apart once.
pub(super) struct Words {
    nouns: Vec<(&'static str, &'static str, Gender)>,
    adjectives: Vec<(&'static str, bool)>,
    learned: Vec<&'static str>,
    surnames: Vec<&'static str>,
    names: Vec<(&'static str, &'static str)>,
    houses: Vec<&'static str>,
}

/// Shown form and oblique stem of a listed word.
fn stems(word: &'static str) -> (&'static str, &'static str) {
    word.split_once('-').unwrap_or((word, ""))
}

impl Words {
    pub(super) fn new() -> Self {
        let lists = [
            (MASCULINE, Gender::Masculine),
            (FEMININE, Gender::Feminine),
            (NEUTER, Gender::Neuter),
        ];
        let mut taken: Vec<Vec<_>> = Vec::new();
        for (list, gender) in lists {
            let words = list.split_whitespace().map(stems);
            taken.push(words.map(|(word, stem)| (word, stem, gender)).collect());
        }
        // By turns, so that every gender has common words.
        let longest = taken.iter().map(Vec::len).max().unwrap_or_default();
        let turns = (0..longest).flat_map(|at| taken.iter().filter_map(move |list| list.get(at)));
        let nouns = turns.copied().collect();
        let name = |pair: &'static str| pair.split_once('/').unwrap_or((pair, pair));
        let soft = |word: &'static str| match word.split_once('-') {
            Some((stem, "н")) => (stem, true),
            Some((_, stem)) => (stem, false),
            None => (word, false),
        };
        Self {
            nouns,
            adjectives: ADJECTIVES.split_whitespace().map(soft).collect(),
            learned: LEARNED.split_whitespace().collect(),
            surnames: SURNAMES.split_whitespace().collect(),
            names: NAMES.split_whitespace().map(name).collect(),
            houses: HOUSES.split_whitespace().collect(),
        }
    }

    /// How many nouns there are, joined ones included.
    pub(super) fn noun_count(&self) -> usize {
        self.nouns.len() * (self.learned.len() + 1)
    }

    pub(super) fn adjective_count(&self) -> usize {
        self.adjectives.len() * (self.learned.len() + 1)
    }

    pub(super) fn surname_count(&self) -> usize {
        self.surnames.len() * SURNAME_ENDINGS.len()
    }

    pub(super) fn noun(&self, number: usize, case: Case) -> String {
        let (learned, at) = self.parts(number, self.nouns.len());
        let (word, stem, gender) = self.nouns[at];
        format!("{learned}{}", decline(word, stem, gender, case))
    }

    /// An adjective that agrees with a noun.
    pub(super) fn adjective(&self, number: usize, noun: usize, case: Case) -> String {
        let gender = self.nouns[noun % self.nouns.len()].2;
        let (learned, at) = self.parts(number, self.adjectives.len());
        let (stem, soft) = self.adjectives[at];
        format!("{learned}{stem}{}", agree(stem, soft, gender, case))
    }

    fn parts(&self, number: usize, words: usize) -> (&'static str, usize) {
        let learned = (number / words).checked_sub(1);
        let learned = learned.map_or("", |at| self.learned[at % self.learned.len()]);
        (learned, number % words)
    }

    pub(super) fn surname(&self, number: usize) -> String {
        let stem = self.surnames[number % self.surnames.len()];
        let (_, short) = stem.split_once('-').unwrap_or(("", stem));
        let ending = SURNAME_ENDINGS[number / self.surnames.len() % SURNAME_ENDINGS.len()];
        // «Соловь» + «ов» is no name; a vowel or a soft sign takes the soft ending.
        let ending = match ending.strip_prefix('о') {
            Some(rest) if short.ends_with(['е', 'ь', 'и']) => format!("е{rest}"),
            Some(_) | None => ending.to_owned(),
        };
        capital(&format!("{}{ending}", short.trim_end_matches('ь')))
    }

    pub(super) fn name(&self, number: usize) -> &'static str {
        self.names[number % self.names.len()].0
    }

    pub(super) fn patronymic(&self, number: usize) -> &'static str {
        self.names[number % self.names.len()].1
    }

    pub(super) fn house(&self, number: usize) -> &'static str {
        self.houses[number % self.houses.len()]
    }
}

fn decline(word: &str, stem: &str, gender: Gender, case: Case) -> String {
    let given = !stem.is_empty();
    let soft = given && word.ends_with(['ь', 'я', 'й']) && !word.ends_with("ий");
    let on_i = stem.ends_with('и');
    let bare = match (gender, given) {
        (Gender::Masculine, _) | (_, true) => {
            if given {
                stem
            } else {
                word
            }
        }
        (Gender::Feminine | Gender::Neuter, false) => word.trim_end_matches(['а', 'о']),
    };
    let ending = match (gender, case) {
        (_, Case::Nominative) => return word.to_owned(),
        (Gender::Masculine, Case::Genitive) => {
            if soft {
                "я"
            } else {
                "а"
            }
        }
        (Gender::Masculine, Case::Prepositional) => "е",
        (Gender::Feminine, Case::Genitive) => {
            let hushing = bare.ends_with(['г', 'к', 'х', 'ж', 'ч', 'ш', 'щ']);
            if soft || hushing { "и" } else { "ы" }
        }
        (Gender::Feminine, Case::Prepositional) => {
            if on_i || word.ends_with('ь') {
                "и"
            } else {
                "е"
            }
        }
        (Gender::Neuter, Case::Genitive) => {
            if given && !word.ends_with('о') {
                "я"
            } else {
                "а"
            }
        }
        (Gender::Neuter, Case::Prepositional) => {
            if on_i {
                "и"
            } else {
                "е"
            }
        }
    };
    format!("{bare}{ending}")
}

fn agree(stem: &str, soft: bool, gender: Gender, case: Case) -> &'static str {
    let back = stem.ends_with(['г', 'к', 'х', 'ш']);
    match (gender, case) {
        (Gender::Masculine, Case::Nominative) => {
            if soft || back {
                "ий"
            } else {
                "ый"
            }
        }
        (Gender::Feminine, Case::Nominative) => {
            if soft {
                "яя"
            } else {
                "ая"
            }
        }
        (Gender::Neuter, Case::Nominative) => {
            if soft {
                "ее"
            } else {
                "ое"
            }
        }
        (Gender::Feminine, Case::Genitive | Case::Prepositional) => {
            if soft {
                "ей"
            } else {
                "ой"
            }
        }
        (Gender::Masculine | Gender::Neuter, Case::Genitive) => {
            if soft {
                "его"
            } else {
                "ого"
            }
        }
        (Gender::Masculine | Gender::Neuter, Case::Prepositional) => {
            if soft {
                "ем"
            } else {
                "ом"
            }
        }
    }
}

/// The text with its first letter large.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_declined_as_a_reader_expects() {
        let words = Words::new();
        let find = |word: &str| {
            words
                .nouns
                .iter()
                .position(|(shown, ..)| *shown == word)
                .unwrap()
        };
        let cases = |word: &str| {
            let number = find(word);
            [Case::Genitive, Case::Prepositional]
                .map(|case| words.noun(number, case))
                .join(" ")
        };
        assert_eq!(cases("лес"), "леса лесе");
        assert_eq!(cases("словарь"), "словаря словаре");
        assert_eq!(cases("книга"), "книги книге");
        assert_eq!(cases("история"), "истории истории");
        assert_eq!(cases("рукопись"), "рукописи рукописи");
        assert_eq!(cases("учение"), "учения учении");
        assert_eq!(cases("общество"), "общества обществе");
        let history = find("история");
        assert_eq!(words.adjective(2, history, Case::Genitive), "русской");
        assert_eq!(words.surname(0), "Иванов");
    }
}

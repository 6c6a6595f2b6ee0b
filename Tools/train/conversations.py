"""Generated conversations: facts told and asked again, copying exercises, small talk.

A conversation is a list of turns {"role", "text"}; in "text" a value that has to be copied from the
context stands between the marks VALUE_ON and VALUE_OFF, so that training can weigh those tokens more.

    conversations.py --count 20 --seed 1                 print some conversations
    conversations.py --heldout 12 --seed 7 --out DIR     write an evaluation set (names never trained on)
"""
import argparse
import json
import os
import random

VALUE_ON, VALUE_OFF = "\x01", "\x02"
HERE = os.path.dirname(os.path.abspath(__file__))


# --- names -------------------------------------------------------------------------------------

def fnv1a(text):
    h = 0x811C9DC5
    for b in text.lower().encode("utf-8"):
        h = ((h ^ b) * 0x01000193) & 0xFFFFFFFF
    return h


def reserved(name):
    """Names kept for evaluation: they never occur in a generated training conversation."""
    return fnv1a(name) % 8 == 0


ONSETS = ("b c d f g h j k l m n p r s t v w z " * 4 +
          "b d k l m n r s t bl br ch cl cr dr fl fr gl gr kl kr pl pr qu sh sk sl sm sn sp st str sw th tr tw wh y").split() + [""]
NUCLEI = ("a e i o u " * 7 + "ai au ea ee ei ia ie io oo ou y ae oe").split()
CODAS = "  n r l s t m k d p f g b x z nd rt sk ng ck ll ss st rn lt mp th sh ff v nk lm rk".split(" ")
REAL_PEOPLE = ("Anna Tom Maria Peter Lucy Jack Emma Oliver Sophie Daniel Laura Paul Nina Simon Clara Martin Eva George "
               "Helen David Julia Robert Alice Henry Rosa Felix Ida Oscar Mila Leo Ruth Samuel Vera Hugo Irene Max "
               "Olga Victor Tara Ben Kate Adam Molly Frank Greta Ivan Jane Karl Lena Marcus Nora Otto Paula Quentin "
               "Rita Stefan Thea Ulrich Wendy Xenia Yusuf Zoe Ahmed Fatima Chen Mei Hiro Yuki Ravi Priya Juan Carmen "
               "Luis Elena Pierre Amelie Lars Ingrid Sven Astrid Marek Zofia Dmitri Katya Omar Leila").split()
REAL_PETS = ("Bella Luna Charlie Rex Buddy Coco Milo Daisy Rocky Lola Ruby Toby Simba Tiger Fluffy Shadow Pepper Ginger "
             "Oreo Snowy Biscuit Patch Misty Smokey Socks Bandit Nala Hazel Willow Bruno Rusty Felix Cleo").split()
REAL_PLACES = ("London Paris Berlin Madrid Rome Vienna Prague Oslo Lisbon Dublin Athens Warsaw Boston Chicago Denver "
               "Seattle Austin Toronto Montreal Sydney Melbourne Tokyo Osaka Cairo Nairobi Lima Bogota Delhi Mumbai "
               "Geneva Zurich Hamburg Munich Bristol Leeds Oxford York Glasgow Edinburgh Bergen Malmo Tampere Porto "
               "Seville Naples Turin Krakow Budapest Riga").split()


class Names:
    """Random names; `held` chooses between the training names and the reserved ones."""

    def __init__(self, rng, held=False):
        self.rng, self.held = rng, held

    def invented(self):
        r = self.rng
        while True:
            n = r.choices((1, 2, 3, 4), (15, 50, 28, 7))[0]
            s = ""
            for i in range(n):
                s += r.choice(ONSETS) + r.choice(NUCLEI)
                if r.random() < (0.75 if i == n - 1 else 0.25):
                    s += r.choice(CODAS)
            if 3 <= len(s) <= 12 and reserved(s) == self.held:
                return s.capitalize()

    def pick(self, real, share=0.2):
        if not self.held and self.rng.random() < share:
            while True:
                s = self.rng.choice(real)
                if not reserved(s):
                    return s
        return self.invented()

    def person(self):
        return self.pick(REAL_PEOPLE)

    def pet(self):
        return self.pick(REAL_PETS)

    def place(self):
        s = self.pick(REAL_PLACES)
        if self.rng.random() < 0.12:
            s += self.rng.choice(("ton", "ville", "burg", "ford", "stad", "field"))
            if reserved(s) != self.held:
                return self.place()
        return s

    def street(self):
        return self.invented() + self.rng.choice((" Street", " Road", " Lane", " Avenue", " Street"))

    def full(self):
        return self.person() + " " + self.invented()


# --- kinds of facts ----------------------------------------------------------------------------

COLOURS = "red blue green yellow orange purple black white brown pink grey violet turquoise silver gold crimson".split()
FOODS = ("pizza,soup,bread,rice,pasta,cheese,salad,fish,curry,pancakes,apple pie,potatoes,chocolate,noodles,stew,dumplings,"
         "tomato soup,fried eggs,lentils,mushrooms,ice cream,sushi,porridge,roast chicken,goulash").split(",")
DRINKS = "tea,coffee,milk,water,lemonade,apple juice,orange juice,cocoa,ginger beer,mint tea,wine,cider".split(",")
FRUITS = "apples,pears,plums,cherries,grapes,bananas,peaches,melons,figs,oranges,lemons,berries,mangoes".split(",")
ANIMALS = ("fox,owl,horse,wolf,bear,hedgehog,otter,penguin,elephant,tiger,whale,swan,badger,squirrel,dolphin,frog,eagle,"
           "lion,raven,deer,seal,turtle,camel,goose,mole").split(",")
SPORTS = "football,tennis,swimming,running,chess,cycling,hockey,rowing,climbing,skiing,sailing,boxing,golf,fencing".split(",")
SEASONS = "spring,summer,autumn,winter".split(",")
DAYS = "Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday".split(",")
MONTHS = "January,February,March,April,May,June,July,August,September,October,November,December".split(",")
JOBS = ("baker,teacher,doctor,nurse,carpenter,gardener,painter,farmer,driver,cook,lawyer,sailor,tailor,pilot,writer,"
        "musician,clerk,librarian,plumber,dentist,programmer,waiter,actor,mechanic,fisherman,judge,potter,singer,"
        "translator,postman,beekeeper,photographer,chemist,barber,butcher,miner,engineer,journalist").split(",")
INSTRUMENTS = "piano,violin,guitar,flute,drums,cello,harp,trumpet,organ,accordion,banjo,clarinet,oboe,tuba".split(",")
THINGS = ("keys,glasses,passport,umbrella,wallet,phone,gloves,ticket,camera,letters,medicine,scarf,shoes,hat,watch,"
          "notebook,charger,coat,ring,tools").split(",")
PLURAL = {"keys", "glasses", "gloves", "letters", "shoes", "tools"}
SPOTS = ("in the drawer,under the bed,on the table,in the kitchen,behind the door,in the blue box,on the shelf,in the car,"
         "in the garden,under the sofa,in the cellar,in my bag,on the desk,in the attic,next to the lamp,in the red bag,"
         "at the office,in the hall,on the window sill,in the green coat,behind the clock,in the garage").split(",")
PLANS = ("bake bread,visit my aunt,paint the kitchen,go swimming,play tennis,clean the house,meet a friend,see the doctor,"
         "buy a bicycle,plant a tree,go to the theatre,write a letter,repair the roof,cook dinner for my family,read a novel,"
         "go fishing,take the train to the sea,wash the car,visit the museum,play chess,go to a concert,learn to dance,"
         "build a table,pick apples,go to the market,call my mother,watch a film,move to a new flat").split(",")
ALLERGIES = "nuts,milk,eggs,cats,dogs,pollen,wheat,shellfish,strawberries,dust,soy,bees,penicillin,fish".split(",")
COLLECT = "stamps,coins,shells,postcards,old maps,stones,books,clocks,spoons,butterflies,records,buttons,teapots,toy trains".split(",")
NOUNS = ("password code key number name address word colour size price level title model brand team room door bridge island lake river hill valley tower "
         "station square garden farm shop market school church castle museum harbour ship boat train plane car truck wagon engine lamp clock watch "
         "phone computer printer camera radio robot game song book poem story letter paper list plan project meeting course class lesson club "
         "prize ring stone sword mask hat coat shirt dress shoe bag box bottle cup plate knife spoon recipe soup cake bread cheese wine tea "
         "flower tree plant seed bird fish horse bear fox owl doll bear toy ball card map ticket visa account file folder server network router "
         "signal channel planet star moon comet doctor nurse teacher captain king queen prince leader manager tutor guide driver cook guard").split()
MODIFIERS = ("wifi bike lock house office school garden kitchen bathroom gym train bus ticket front back side main second first third last new old big "
             "small secret red blue green white black golden silver wooden summer winter morning evening night weekend family company hotel library "
             "bank email phone computer game music chess tennis football sailing cooking spare upper lower north south little great royal local "
             "favourite lucky pet guest master safe locker tax parking holiday birthday wedding").split()
PETS = ("dog dog dog cat cat cat horse parrot rabbit hamster goldfish tortoise goat pony donkey mouse duck cow hen snake "
        "lizard puppy kitten budgie").split()
PEOPLE = ("sister sister brother brother mother father aunt uncle cousin friend friend boss neighbour teacher doctor dentist "
          "wife husband son daughter grandmother grandfather roommate landlord niece nephew colleague coach hairdresser "
          "lawyer grandson granddaughter").split() + ["best friend", "best friend", "piano teacher", "older brother",
                                                     "little sister", "pen friend", "favourite cousin"]
OBJECTS = "boat boat ship car bicycle house farm shop band team school company bakery book guitar truck robot hotel village hometown".split()
FAV_NAMED = "singer author band painter poet actor city team restaurant island café composer hero".split()


def number(r):
    return str(r.choice((r.randint(2, 99), r.randint(100, 999), r.randint(1000, 9999), r.randint(10, 99))))


def digits(r, lo=4, hi=7):
    return "".join(r.choice("0123456789") for _ in range(r.randint(lo, hi)))


def ordinal(n):
    return f"{n}{'th' if 10 <= n % 100 <= 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def date(r):
    n, m = r.randint(1, 28), r.choice(MONTHS)
    return r.choice((f"the {ordinal(n)} of {m}", f"{m} {n}"))


def clock(r):
    return r.choice((f"{r.randint(1, 12)} o'clock", f"{r.randint(6, 22)}:{r.choice(('00', '05', '10', '15', '20', '30', '40', '45', '50'))}",
                     f"half past {r.choice('one two three four five six seven eight nine ten eleven'.split())}"))


def a(noun):
    return ("an " if noun[0] in "aeiou" else "a ") + noun


class Fact:
    """One fact: how it is said, echoed, asked and answered. The first of each list is the canonical wording."""

    def __init__(self, kind, key, value, say, ask, answer, who=None, redraw=None):
        self.kind, self.key, self.value = kind, key, value
        self.say, self.ask, self.answer, self.who, self.redraw = say, ask, answer, who, redraw
        self.old = None                           # a value that was corrected

    def marked(self, template, value=None, mark=True):
        v = self.value if value is None else value
        return template.replace("{v}", VALUE_ON + v + VALUE_OFF if mark else v)


def to_you(text):
    return text.replace("my ", "your ")


def make_fact(r, names, kind=None):
    kind = kind or r.choices(KINDS, WEIGHTS)[0]
    if kind in ("pet", "person", "object"):
        n = r.choice({"pet": PETS, "person": PEOPLE, "object": OBJECTS}[kind])
        draw = {"pet": names.pet, "person": names.person, "object": names.invented}[kind]
        say = [f"My {n} is called {{v}}.", f"My {n}'s name is {{v}}.", f"The name of my {n} is {{v}}."]
        ask = [f"What is my {n} called?", f"What is my {n}'s name?", f"What is the name of my {n}?",
               f"Do you remember what my {n} is called?", f"Tell me what my {n} is called.", f"What's my {n}'s name?",
               f"Do you know my {n}'s name?", f"What did I say my {n} is called?", f"How is my {n} called?", f"whats my {n}s name",
               f"What was the name of my {n}?", f"Can you tell me the name of my {n}?", f"What name did I give my {n}?", f"My {n} is called what?"]
        if kind == "person":
            say += [f"{{v}} is my {n}.", f"I have {a(n)} called {{v}}.", f"My {n} {{v}} is very kind."]
            ask += [f"Who is my {n}?"]
        elif kind == "pet":
            say += [f"I have {a(n)} called {{v}}.", f"I have {a(n)} named {{v}}.", f"We named our {n} {{v}}.", f"I have {a(n)}. His name is {{v}}.",
                    f"I have {a(n)}. Her name is {{v}}.", f"I have a new {n} and it is called {{v}}."]
            ask += [f"Do I have {a(n)}?"]
        else:
            say += [f"I have {a(n)} called {{v}}."] if n not in ("village", "hometown", "school", "company", "team") else []
        who = f"{{v}} is your {n}."
        return Fact(kind, n, draw(), say, ask, f"Your {n} is called {{v}}.", who, draw)
    if kind == "name":
        draw = names.person if r.random() < 0.8 else names.full
        return Fact(kind, "name", draw(), ["My name is {v}.", "I am {v}.", "I am called {v}.", "You can call me {v}.", "Hi, my name is {v}.", "I'm {v}.", "Hello, I am {v}."],
                    ["What is my name?", "Who am I?", "Do you remember my name?", "What am I called?", "Tell me my name.", "Do you know my name?"],
                    "Your name is {v}.", None, draw)
    if kind == "live":
        return Fact(kind, "live", (d := names.place)(), ["I live in {v}.", "My home is in {v}.", "I have lived in {v} for years.", "I moved to {v}."],
                    ["Where do I live?", "Which town do I live in?", "Do you know where I live?", "What city do I live in?", "Where is my home?"],
                    "You live in {v}.", None, d)
    if kind == "born":
        return Fact(kind, "born", (d := names.place)(), ["I was born in {v}.", "I come from {v}.", "My birthplace is {v}."],
                    ["Where was I born?", "Do you remember where I was born?", "Where do I come from?"], "You were born in {v}.", None, d)
    if kind == "work_in":
        return Fact(kind, "work_in", (d := names.place)(), ["I work in {v}.", "My office is in {v}."],
                    ["Where do I work?", "In which town do I work?", "Do you know where I work?"], "You work in {v}.", None, d)
    if kind == "work_for":
        return Fact(kind, "work_for", (d := names.invented)(), ["I work for {v}.", "I work at {v}.", "My employer is {v}."],
                    ["Who do I work for?", "Which company do I work for?"], "You work for {v}.", None, d)
    if kind == "travel":
        return Fact(kind, "travel", (d := names.place)(), ["I am going to {v} next week.", "Next week I travel to {v}.", "I will be in {v} next week."],
                    ["Where am I going next week?", "Where do I travel next week?"], "You are going to {v} next week.", None, d)
    if kind == "relative_lives":
        n = r.choice(PEOPLE)
        return Fact(kind, n + " lives", (d := names.place)(), [f"My {n} lives in {{v}}.", f"My {n} moved to {{v}}."],
                    [f"Where does my {n} live?", f"Do you know where my {n} lives?", f"In which town does my {n} live?"],
                    f"Your {n} lives in {{v}}.", None, d)
    if kind == "street":
        return Fact(kind, "street", (d := names.street)(), ["My street is called {v}.", "I live on {v}.", "My house is on {v}.", "The name of my street is {v}."],
                    ["What is my street called?", "Which street do I live on?", "What is the name of my street?"], "Your street is called {v}.", None, d)
    if kind == "favourite":
        n, vs = r.choice((("colour", COLOURS), ("color", COLOURS), ("food", FOODS), ("drink", DRINKS), ("animal", ANIMALS), ("fruit", FRUITS),
                          ("sport", SPORTS), ("season", SEASONS), ("day", DAYS), ("month", MONTHS), ("number", None), (r.choice(FAV_NAMED), "name"),
                          (r.choice(FAV_NAMED), "name")))
        d = (lambda: number(r)) if vs is None else names.invented if vs == "name" else (lambda: r.choice(vs))
        f = r.choice(("favourite", "favourite", "favorite"))
        say = [f"My {f} {n} is {{v}}.", f"I think my {f} {n} is {{v}}.", f"{{v}} is my {f} {n}." if vs == "name" else f"My {f} {n} is {{v}}, of course."]
        return Fact(kind, "favourite " + n, d(), say,
                    [f"What is my {f} {n}?", f"Which {n} do I like most?", f"Do you remember my {f} {n}?", f"Tell me my {f} {n}.", f"What {n} do I like best?"],
                    f"Your {f} {n} is {{v}}.", None, d)
    if kind == "age":
        n = r.choice(("I",) + tuple(PEOPLE))
        d = lambda: str(r.randint(3, 97))
        if n == "I":
            return Fact(kind, "age", d(), ["I am {v} years old.", "My age is {v}.", "I am {v}."], ["How old am I?", "What is my age?", "Do you know how old I am?"],
                        "You are {v} years old.", None, d)
        return Fact(kind, n + " age", d(), [f"My {n} is {{v}} years old.", f"My {n} is {{v}}."], [f"How old is my {n}?", f"What is the age of my {n}?"],
                    f"Your {n} is {{v}} years old.", None, d)
    if kind == "number":
        n = r.choice(("house number", "room number", "phone number", "lucky number", "locker number", "bus number", "seat number", "door code",
                      "pin", "shoe size", "flat number", "gate number", "membership number", "table number"))
        d = (lambda: digits(r)) if n in ("phone number", "door code", "pin", "membership number") else (lambda: number(r))
        return Fact(kind, n, d(), [f"My {n} is {{v}}.", f"The {n} I have is {{v}}.", f"I have the {n} {{v}}."],
                    [f"What is my {n}?", f"Do you remember my {n}?", f"Tell me my {n}.", f"Which {n} do I have?"], f"Your {n} is {{v}}.", None, d)
    if kind == "count":
        n = r.choice("books cats chickens brothers sisters cousins bicycles trees spoons hats friends fish candles plants children clocks cups".split())
        d = lambda: str(r.randint(2, 120))
        return Fact(kind, "count " + n, d(), [f"I have {{v}} {n}.", f"There are {{v}} {n} in my house."], [f"How many {n} do I have?"], f"You have {{v}} {n}.", None, d)
    if kind == "job":
        n = r.choice(("I", "I") + tuple(PEOPLE))
        d = lambda: a(r.choice(JOBS))
        if n == "I":
            return Fact(kind, "job", d(), ["I work as {v}.", "I am {v}.", "My job is to be {v}."],
                        ["What do I work as?", "What is my job?", "What do I do for work?", "What do I do for a living?"], "You work as {v}.", None, d)
        return Fact(kind, n + " job", d(), [f"My {n} works as {{v}}.", f"My {n} is {{v}}."],
                    [f"What does my {n} work as?", f"What is my {n}'s job?", f"What does my {n} do for work?"], f"Your {n} works as {{v}}.", None, d)
    if kind == "date":
        n = r.choice(("birthday", "exam", "wedding", "holiday", "concert", "party", "appointment", "interview", "flight", "anniversary"))
        d = (lambda: date(r)) if n in ("birthday", "anniversary") or r.random() < 0.5 else (lambda: r.choice(DAYS))
        return Fact(kind, n, d(), [f"My {n} is on {{v}}.", f"I have my {n} on {{v}}."], [f"When is my {n}?", f"What day is my {n}?", f"Do you remember when my {n} is?"],
                    f"Your {n} is on {{v}}.", None, d)
    if kind == "time":
        n = r.choice(("train", "bus", "flight", "class", "shift", "meeting", "lesson", "film"))
        verb = "leaves" if n in ("train", "bus", "flight") else "starts"
        d = lambda: clock(r)
        return Fact(kind, n + " time", d(), [f"My {n} {verb} at {{v}}."], [f"When does my {n} {verb[:-1]}?", f"What time does my {n} {verb[:-1]}?"],
                    f"Your {n} {verb} at {{v}}.", None, d)
    if kind == "plan":
        n = r.choice(DAYS + ["tomorrow", "the weekend"])
        on = n if n == "tomorrow" else "at the weekend" if n == "the weekend" else "on " + n
        d = lambda: r.choice(PLANS)
        v = d()
        return Fact(kind, "plan " + n, v, [f"{on.capitalize() if n in ('tomorrow', 'the weekend') else 'On ' + n} I am going to {{v}}.", f"I am going to {{v}} {on}.", f"I want to {{v}} {on}."],
                    [f"What am I going to do {on}?", f"What are my plans {'for ' + n}?", f"What do I want to do {on}?"],
                    f"{on.capitalize() if n in ('tomorrow', 'the weekend') else 'On ' + n} you are going to {{v}}.", None, d)
    if kind == "spot":
        n = r.choice(THINGS)
        be = "are" if n in PLURAL else "is"
        d = lambda: r.choice(SPOTS)
        return Fact(kind, n, d(), [f"My {n} {be} {{v}}.", f"I put my {n} {{v}}.", f"I left my {n} {{v}}."],
                    [f"Where {be} my {n}?", f"Do you know where my {n} {be}?", f"Where did I put my {n}?"], f"Your {n} {be} {{v}}.", None, d)
    if kind == "simple":
        key, say, ask, ans, vs = r.choice((
            ("allergic", ["I am allergic to {v}.", "I cannot eat or touch {v}, I am allergic to {v}."], ["What am I allergic to?"], "You are allergic to {v}.", ALLERGIES),
            ("collect", ["I collect {v}.", "I have been collecting {v} for years."], ["What do I collect?"], "You collect {v}.", COLLECT),
            ("play", ["I play the {v}.", "I am learning to play the {v}."], ["Which instrument do I play?", "What do I play?"], "You play the {v}.", INSTRUMENTS),
            ("speak", ["I speak {v}.", "My mother tongue is {v}."], ["Which language do I speak?", "What language do I speak?"], "You speak {v}.", None),
            ("study", ["I am learning {v}.", "I study {v}."], ["What am I learning?", "What do I study?"], "You are learning {v}.", None),
            ("eyes", ["My eyes are {v}."], ["What colour are my eyes?"], "Your eyes are {v}.", COLOURS),
            ("car colour", ["My car is {v}.", "I drive a {v} car."], ["What colour is my car?"], "Your car is {v}.", COLOURS),
            ("like", ["I like {v}.", "I really like {v}."], ["What do I like?"], "You like {v}.", FOODS + FRUITS + SPORTS),
            ("hate", ["I don't like {v}.", "I do not like {v} at all."], ["What do I not like?", "What don't I like?"], "You don't like {v}.", FOODS + FRUITS),
            ("married", ["I am married to {v}.", "I married {v}."], ["Who am I married to?"], "You are married to {v}.", "p"),
            ("met", ["I met {v} yesterday.", "Yesterday I met {v}."], ["Who did I meet yesterday?"], "You met {v} yesterday.", "p"),
            ("lost", ["I lost my {v}.", "I cannot find my {v}."], ["What did I lose?"], "You lost your {v}.", THINGS),
            ("drive", ["I drive a {v}.", "I bought a {v}."], ["What car do I drive?", "Which car do I drive?"], "You drive a {v}.", None)))
        d = names.invented if vs is None else names.person if vs == "p" else (lambda: r.choice(vs))
        return Fact(kind, key, d(), say, ask, ans, None, d)
    if kind == "generic":
        n = r.choice(NOUNS)
        for _ in range(r.choices((0, 1, 2), (30, 55, 15))[0]):
            m = r.choice(MODIFIERS)
            if m not in n:
                n = m + " " + n
        if r.random() < 0.15:
            n = r.choice(NOUNS) + " of my " + n
        code = lambda: "".join(r.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(r.randint(4, 8)))
        d = r.choices((names.invented, names.invented, lambda: number(r), lambda: digits(r), code, lambda: r.choice(COLOURS), lambda: names.invented().lower() + number(r),
                       lambda: r.choice(MODIFIERS) + " " + r.choice(NOUNS)), (4, 4, 2, 2, 1, 2, 1, 2))[0]
        mine = "my" if r.random() < 0.6 and " of my " not in n else "the"
        yours = "Your" if mine == "my" else "The"
        n_you = to_you(n)
        if d == names.invented and r.random() < 0.5:
            say = [f"{mine.capitalize()} {n} is called {{v}}.", f"{mine.capitalize()} {n} is the {{v}}."]
            return Fact(kind, n, d(), say, [f"What is {mine} {n} called?", f"What is the name of {mine} {n}?"], f"{yours} {n_you} is called {{v}}.", None, d)
        return Fact(kind, n, d(), [f"{mine.capitalize()} {n} is {{v}}.", f"{{v}} is {mine} {n}." if d == names.invented else f"{mine.capitalize()} {n} is {{v}}."],
                    [f"What is {mine} {n}?", f"Do you remember {mine} {n}?", f"Tell me {mine} {n}.", f"What was {mine} {n}?"], f"{yours} {n_you} is {{v}}.", None, d)
    if kind == "other_person":
        p = names.person()
        say, ask, ans, vs = r.choice((
            ("lives in {v}", "Where does P live?", "P lives in {v}.", "place"), ("works as {v}", "What does P work as?", "P works as {v}.", "job"),
            ("is {v} years old", "How old is P?", "P is {v} years old.", "age"), ("is married to {v}", "Who is P married to?", "P is married to {v}.", "person"),
            ("has a dog called {v}", "What is P's dog called?", "P's dog is called {v}.", "pet"), ("likes {v}", "What does P like?", "P likes {v}.", "food"),
            ("comes from {v}", "Where does P come from?", "P comes from {v}.", "place"), ("plays the {v}", "What does P play?", "P plays the {v}.", "inst")))
        d = {"place": names.place, "job": lambda: a(r.choice(JOBS)), "age": lambda: str(r.randint(3, 97)), "person": names.person, "pet": names.pet,
             "food": lambda: r.choice(FOODS), "inst": lambda: r.choice(INSTRUMENTS)}[vs]
        says = [f"P {say}."] if vs != "pet" else ["P's dog is called {v}.", "P has a dog called {v}."]
        return Fact(kind, p + vs, d(), [s.replace("P", p, 1) for s in says], [ask.replace("P", p, 1)], ans.replace("P", p, 1), None, d)
    if kind == "world":
        p = names.invented()
        n, vs = r.choice((("capital", names.place), ("king", names.person), ("queen", names.person), ("river", names.invented), ("captain", names.person),
                          ("mayor", names.person), ("highest mountain", names.invented)))
        say = [f"The {n} of {p} is {{v}}.", f"The {n} of {p} is called {{v}}.", f"{{v}} is the {n} of {p}."]
        ask = [f"What is the {n} of {p}?"] if n in ("capital", "river", "highest mountain") else [f"Who is the {n} of {p}?"]
        return Fact(kind, n + p, vs(), say, ask + [f"Do you remember the {n} of {p}?"], f"The {n} of {p} is {{v}}.", None, vs)
    raise ValueError(kind)


KINDS = ("pet person object name live born work_in work_for travel relative_lives street favourite age number count job date time plan spot "
         "simple other_person world generic").split()
WEIGHTS = (16, 14, 6, 9, 6, 3, 2, 2, 2, 4, 3, 12, 4, 6, 2, 5, 4, 3, 4, 4, 8, 5, 4, 16)


# --- small talk --------------------------------------------------------------------------------

def load_smalltalk(path=os.path.join(HERE, "smalltalk.txt")):
    blocks = []
    for block in open(path, encoding="utf-8").read().split("\n\n"):
        lines = [l for l in block.splitlines() if l[:2] in ("> ", "< ")]
        if lines:
            blocks.append(([l[2:] for l in lines if l[0] == ">"], [l[2:] for l in lines if l[0] == "<"]))
    return blocks


SMALLTALK = load_smalltalk()
GREETINGS, FAREWELLS = SMALLTALK[:8], [b for b in SMALLTALK if "Goodbye" in b[0] or "Good night" in b[0]]


def turn(role, text):
    return {"role": role, "text": text}


def pair(r, block):
    u = r.choice(block[0])
    if r.random() < 0.12:
        u = u.lower()
    elif r.random() < 0.08:
        u = u.rstrip(".!?")
    return [turn("user", u), turn("assistant", r.choice(block[1]))]


def load_scripts(path=os.path.join(HERE, "scripts.txt")):
    blocks = [[l.split("|") for l in b.splitlines() if l.strip() and l[0] != "#"] for b in open(path, encoding="utf-8").read().split("\n\n")]
    return [b for b in blocks if b]


SCRIPTS = load_scripts()


def scripted(r):
    """One of the little conversations of scripts.txt, from its beginning for some turns."""
    words = {"animal": r.choice(ANIMALS), "food": r.choice(FOODS), "sport": r.choice(SPORTS), "city": Names(r).pick(REAL_PLACES, 0.7),
             "season": r.choice(SEASONS), "job": r.choice(JOBS), "instrument": r.choice(INSTRUMENTS)}
    script = r.choice(SCRIPTS)
    turns = []
    for i, line in enumerate(script[: max(2, r.randint(1, len(script) // 2) * 2)]):
        text = r.choice(line)
        for k, v in words.items():
            text = text.replace("a {" + k + "}", a(v)).replace("A {" + k + "}", a(v)).replace("{" + k + "}", v)
        text = text[0].upper() + text[1:]
        if i % 2 == 0 and r.random() < 0.1:
            text = text.lower()
        turns.append(turn(("user", "assistant")[i % 2], text))
    return turns


def smalltalk(r):
    """A short stand-alone exchange: perhaps a greeting, some topics, perhaps a goodbye."""
    turns = pair(r, r.choice(GREETINGS)) if r.random() < 0.6 else []
    for _ in range(r.randint(1, 6)):
        turns += pair(r, r.choice(SMALLTALK)) if r.random() < 0.6 else scripted(r)
    if r.random() < 0.3:
        turns += pair(r, r.choice(FAREWELLS))
    return turns


# --- conversations about facts -----------------------------------------------------------------

OPEN = ("Nice, ", "Okay, ", "Good, ", "I see, ", "Thank you, ", "", "I will remember that ", "Okay, I will remember that ", "So ", "Got it, ", "All right, ")
SHORT_FIX = ("pet", "person", "object", "name", "favourite", "number", "street")
PLAIN = ("Okay.", "I see.", "Thank you for telling me.", "That is good to know.", "I will remember that.", "Got it.", "Nice!", "Interesting.")
SORRY = ("Sorry, ", "I am sorry, ", "Oh, ", "All right, ", "Thank you, ", "I see, ", "Okay, ")
FIX = ("No, ", "Actually, ", "That is not right, ", "Sorry, I was wrong, ", "No! ", "Wait, ", "I made a mistake, ")
ASK = ("", "", "", "", "", "", "Tell me, ", "And ", "Now, ", "Please tell me: ", "One question: ", "So, ")


def lower_first(s, names_first=False):
    """Lower-case the first letter after an opening phrase, unless a name or "I" stands there."""
    if s[:1] in (VALUE_ON,) or s.startswith(("I ", "I'")) or not s.startswith(
            ("Your", "You", "My", "The", "On ", "Tomorrow", "At ", "What", "Where", "Who", "Which", "When", "How", "Do ", "In ", "Tell", "There", "Next", "We ", "Yesterday", "Can ", "Hi,")):
        return s
    return s[0].lower() + s[1:]


def you_value(f, value):
    """Plans and places may contain "my": the assistant says "your"."""
    return to_you(value) if f.kind in ("plan", "spot") else value


def answer(f, r, copy=True, prefix=""):
    text = f.marked(f.answer, you_value(f, f.value), mark=copy)
    return turn("assistant", prefix + (lower_first(text) if prefix else text))


def statement(f, r, prefix="", canonical=0.5):
    s = f.say[0] if r.random() < canonical else r.choice(f.say)
    if r.random() < 0.05 and f.kind != "other_person" and f.kind != "world":       # typed without capitals: the value is what was typed
        f.value = f.value.lower()
        return turn("user", f.marked(s, mark=False).lower().rstrip("." if r.random() < 0.5 else ""))
    s = f.marked(s, mark=False)
    return turn("user", prefix + (lower_first(s) if prefix else s))


def question(f, r, canonical=0.5):
    q = f.ask[0] if r.random() < canonical else r.choice(f.ask)
    p = r.choice(ASK)
    q = p + (lower_first(q) if p else q)
    return turn("user", q.lower() if r.random() < 0.04 else q)


def echo(f, r):
    if r.random() < 0.72:
        return answer(f, r, prefix=r.choice(OPEN))
    if f.kind in ("pet", "person", "name") and r.random() < 0.5:
        return turn("assistant", f.marked(r.choice(("{v} is a nice name.", "Hello {v}!", "Hello {v}! Nice to meet you.", "Nice to meet you, {v}!")) if f.kind == "name" or r.random() < 0.5 else f.who))
    return turn("assistant", r.choice(PLAIN))


def distinct_facts(r, names, n):
    facts, keys = [], set()
    while len(facts) < n:
        f = make_fact(r, names)
        if f.key not in keys:
            keys.add(f.key)
            facts.append(f)
    return facts


def ask_turns(f, r):
    """A question about a fact in context, in one of several forms."""
    x = r.random()
    if f.who and x < 0.08:
        return [turn("user", f"Who is {f.value}?"), turn("assistant", f.marked(f.who))]
    if x < (0.4 if f.old else 0.15) and f.kind in ("pet", "person", "object"):
        if r.random() < 0.4:
            return [turn("user", f"Is my {f.key} called {f.value}?"), answer(f, r, prefix="Yes, ")]
        return [turn("user", f"Is my {f.key} called {f.old or f.redraw()}?"), answer(f, r, prefix="No, ")]
    return [question(f, r), answer(f, r)]


def correction(f, r, latest=True):
    """A new value; with latest (the fact was just spoken of) it may be named alone."""
    f.old, f.value = f.value, f.redraw()
    if latest and f.kind in SHORT_FIX and r.random() < 0.4:
        said = turn("user", r.choice(("No, it is {}.", "No, {}.", "Sorry, it is {}.", "I mean {}.", "No, not that, {}.", "No, it is {} now.")).format(f.value))
    elif r.random() < 0.15:
        said = statement(f, r, canonical=0.8)
    else:
        said = statement(f, r, prefix=r.choice(FIX), canonical=0.8)
    return [said, answer(f, r, prefix=r.choice(SORRY))]


def facts_conversation(r, names, distractor):
    """Facts told one after another among small talk, then asked in any order; some corrected, some only guessed."""
    n = r.choices((1, 2, 3, 4, 5, 6, 8), (24, 22, 18, 13, 10, 8, 5))[0]
    facts, turns = distinct_facts(r, names, n), []
    if r.random() < 0.25:
        turns += pair(r, r.choice(GREETINGS))
    chatter = r.choices((0, 0.3, 0.8), (35, 40, 25))[0]
    i = 0
    while i < n:
        f = facts[i]
        if i + 1 < n and r.random() < 0.12:      # two facts in one breath
            g = facts[i + 1]
            s, t = statement(f, r)["text"][:-1], statement(g, r)["text"]
            turns.append(turn("user", s + " and " + lower_first(t)))
            e = answer(f, r)["text"][:-1] + " and " + lower_first(answer(g, r)["text"])
            turns.append(turn("assistant", e if r.random() < 0.7 else r.choice(PLAIN)))
            i += 2
        else:
            turns += [statement(f, r), echo(f, r)]
            i += 1
        if r.random() < 0.1:                      # a correction
            f = r.choice(facts[:i]) if r.random() < 0.5 else facts[i - 1]
            turns += correction(f, r, latest=f is facts[i - 1])
        if r.random() < chatter:
            turns += distractor(r)
        if r.random() < 0.15:                     # ask at once
            turns += ask_turns(r.choice(facts[:i]), r)
    for _ in range(r.choices((0, 1, 2, 4), (40, 30, 20, 10))[0]):
        turns += distractor(r)
    order = facts[:]
    r.shuffle(order)
    for f in order[: r.randint(max(1, n - 2), n)]:
        turns += ask_turns(f, r)
        if r.random() < 0.22:                     # corrected after it was answered, perhaps more than once
            for _ in range(r.choices((1, 2), (85, 15))[0]):
                turns += correction(f, r)
                for _ in range(r.choices((0, 1, 2), (50, 35, 15))[0]):
                    turns += distractor(r)
                if r.random() < 0.25:
                    turns += ask_turns(r.choice(facts), r)
                if r.random() < 0.85:
                    turns += ask_turns(f, r)
        elif r.random() < 0.12:
            turns += distractor(r)
        elif r.random() < 0.08:
            turns += pair(r, r.choice([b for b in SMALLTALK if b[0][0] in ("Thank you", "Okay")]))
    if r.random() < 0.08:                         # all that is known, in the order told
        turns += [turn("user", r.choice(("What do you know about me?", "What did I tell you?", "What do you remember?", "Tell me all you know about me."))),
                  turn("assistant", " ".join(f.marked(f.answer, you_value(f, f.value)) for f in facts))]
    if r.random() < 0.06:
        g = make_fact(r, names)
        if g.key not in {f.key for f in facts}:
            turns += [question(g, r), answer(g, r, copy=False)]
    return turns


def guess_conversation(r, names, distractor):
    """Questions about facts nobody told: the same form of answer with some name; often corrected and asked again."""
    turns = []
    if r.random() < 0.2:
        turns += pair(r, r.choice(GREETINGS))
    for f in distinct_facts(r, names, r.choices((1, 2, 3, 4), (45, 30, 15, 10))[0]):
        turns += [question(f, r, canonical=0.65), answer(f, r, copy=False)]
        if r.random() < 0.35:
            f.old, f.value = f.value, f.redraw()
            turns += [statement(f, r, prefix=r.choice(FIX), canonical=0.8), answer(f, r, prefix=r.choice(SORRY))]
            for _ in range(r.randint(0, 2)):
                turns += distractor(r)
            turns += [question(f, r), answer(f, r)]
        elif r.random() < 0.3:
            turns += distractor(r)
    return turns


WORDS = ("house tree river lamp stone bread window garden letter night water chair silver cloud green horse table winter road paper "
         "music clock apple door bird sea candle mountain rain bridge dream glass song island forest market snow butter").split()


def repeat_conversation(r, names, distractor):
    """Copying as a skill: repeat after me, remember these words, what did I say."""
    turns = []
    for _ in range(r.randint(1, 4)):
        k = r.random()
        n = r.randint(1, 6)
        item = [r.choice((names.invented, names.invented, lambda: r.choice(WORDS), lambda: number(r)))() for _ in range(n)]
        sep = r.choice((" ", ", ", ", "))
        text = sep.join(item)
        m = VALUE_ON + text + VALUE_OFF
        if k < 0.45:
            turns += [turn("user", r.choice(("Repeat after me: {}.", "Say {}.", "Please say {}.", "Please repeat: {}.", "Say this: {}.")).format(text)),
                      turn("assistant", m + ".")]
        elif k < 0.8:
            turns += [turn("user", r.choice(("Remember these words: {}.", "Please remember: {}.", "The words are {}.", "Here is a list: {}.")).format(text)),
                      turn("assistant", r.choice(("Okay.", "I will remember them.", "The words are " + m + ".")))]
            for _ in range(r.randint(0, 2)):
                turns += distractor(r)
            turns += [turn("user", r.choice(("Which words did I tell you?", "What are the words?", "What was the list?", "What did I ask you to remember?"))),
                      turn("assistant", "The words are " + m + ".")]
        else:
            f = make_fact(r, names)
            s = statement(f, r)["text"]
            turns += [turn("user", s), turn("assistant", "Okay."), turn("user", r.choice(("What did I say?", "What did I just say?", "Can you repeat that?"))),
                      turn("assistant", "You said: " + VALUE_ON + s + VALUE_OFF)]
    return turns


def long_conversation(r, names, distractor, room=1000):
    """Many facts with small talk between and behind them, asked in any order: the long context is for this. `room` is a rough
    limit in tokens."""
    n = r.randint(6, 20)
    facts, turns = distinct_facts(r, names, n), []
    length = lambda: sum(len(t["text"]) for t in turns) / 3.2
    chatter = r.choice((0, 0.2, 0.5))
    told = []
    for f in facts:
        if length() > 0.6 * room:
            break
        turns += [statement(f, r), echo(f, r)]
        told.append(f)
        if r.random() < 0.06:
            turns += correction(f, r)
        if r.random() < chatter:
            turns += distractor(r)
    while length() < r.uniform(0.4, 0.85) * room and r.random() < 0.9:
        turns += distractor(r)
    order = told[:]
    r.shuffle(order)
    for f in order:
        turns += ask_turns(f, r)
        if length() > room:
            break
        if r.random() < 0.05:
            turns += correction(f, r)
            turns += ask_turns(f, r)
    return turns


# --- needles in a haystack ---------------------------------------------------------------------

NOISE = "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again. "
WORDS_OF_NEEDLES = NOUNS + MODIFIERS


def needle(r, names):
    """A sentence in RULER's form (arXiv 2404.06654), its question and answer, and the value."""
    key = r.choice((names.invented, names.invented, lambda: r.choice(MODIFIERS) + " " + r.choice(NOUNS), lambda: r.choice(NOUNS)))()
    kind = r.choice(("number", "number", "word", "passkey"))
    value = names.invented().lower() if kind == "word" and r.random() < 0.7 else r.choice(WORDS_OF_NEEDLES) if kind == "word" else digits(r, 4, 7)
    if kind == "passkey":
        of = "" if r.random() < 0.5 else f" of {key}"
        return f"The pass key{of} is {value}. Remember it.", f"What is the pass key{of}?", f"The pass key{of} is {{v}}.", value
    return (f"One of the special magic {kind}s for {key} is: {value}.", f"What is the special magic {kind} for {key}?",
            f"The special magic {kind} for {key} is {{v}}.", value)


def needle_conversation(r, names, texts, room=900):
    """A long message with one or more needles in it, then questions about them; `texts` gives running text."""
    length = int(r.choice((r.uniform(0.1, 1), r.uniform(0.6, 1))) * room * 3.4)     # characters
    if r.random() < 0.35:
        sentences = NOISE.split(". ")[:-1] * (length // 60 + 1)
        sentences = [x + "." for x in sentences][: max(5, length // 18)]
    else:
        sentences, size = [], 0
        while size < length:
            piece = [x + "." for x in r.choice(texts).replace("\n", " ").split(". ") if 4 < len(x) < 300]
            sentences += piece
            size += sum(len(x) for x in piece)
        while size > length and len(sentences) > 1:
            size -= len(sentences.pop())
    found, keys = [], set()
    for _ in range(r.choices((1, 2, 3, 4), (50, 25, 15, 10))[0]):
        x = needle(r, names)
        if x[1] not in keys:
            keys.add(x[1])
            found.append(x)
    for x in found:
        sentences.insert(r.randint(0, len(sentences)), x[0])
    lead = r.choice(("", "", "Read this. ", "Here is a text. ", "Please remember the special values in this text. "))
    turns = [turn("user", lead + " ".join(sentences)), turn("assistant", r.choice(("Okay.", "I have read it.", "I see.", "Thank you.")))]
    r.shuffle(found)
    for _, ask, answer_, value in found:
        turns += [turn("user", ask), turn("assistant", answer_.replace("{v}", VALUE_ON + value + VALUE_OFF))]
    return turns


def generated(r, names, distractor):
    x = r.random()
    if x < 0.60:
        return facts_conversation(r, names, distractor)
    if x < 0.76:
        return guess_conversation(r, names, distractor)
    if x < 0.88:
        return repeat_conversation(r, names, distractor)
    return smalltalk(r)


def smalltalk_distractor(r):
    if r.random() < 0.3:
        return scripted(r)
    turns = []
    for _ in range(r.randint(1, 2)):
        turns += pair(r, r.choice(SMALLTALK))
    return turns


def clean(text):
    return text.replace(VALUE_ON, "").replace(VALUE_OFF, "")


# --- evaluation sets ---------------------------------------------------------------------------

NAMED_KINDS = "pet person object live born work_for relative_lives favourite_named".split()


HELD_KINDS = {"pet": 6, "person": 6, "object": 3, "live": 1, "born": 1, "relative_lives": 2, "name": 1}


def heldout_facts(r, n, kinds=HELD_KINDS):
    """n facts with reserved names, each in its canonical wording; `kinds` weighs the kinds."""
    names, facts, keys = Names(r, held=True), [], set()
    while len(facts) < n:
        f = make_fact(r, names, r.choices(tuple(kinds), tuple(kinds.values()))[0])
        if f.key not in keys and f.value[0].isalpha():
            keys.add(f.key)
            facts.append(f)
    return facts


def write_heldout(n, seed, out):
    facts = heldout_facts(random.Random(seed), n)
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "facts.txt"), "w") as a_, open(os.path.join(out, "questions.jsonl"), "w") as b_, open(os.path.join(out, "sentences.jsonl"), "w") as c_:
        for f in facts:
            a_.write(f.marked(f.say[0], mark=False) + "\n")
            b_.write(json.dumps({"prompt": f.ask[0], "answer": [f.value]}) + "\n")
            c_.write(json.dumps({"prompt": f.ask[0], "answer": [f.marked(f.answer, mark=False)]}) + "\n")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--count", type=int, default=10)
    p.add_argument("--heldout", type=int, default=0)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--out", default="heldout")
    o = p.parse_args()
    if o.heldout:
        return write_heldout(o.heldout, o.seed, o.out)
    r = random.Random(o.seed)
    for _ in range(o.count):
        for t in generated(r, Names(r), smalltalk_distractor):
            print(f"{t['role']:>9}: {t['text'].replace(VALUE_ON, '[').replace(VALUE_OFF, ']')}")
        print()


if __name__ == "__main__":
    main()

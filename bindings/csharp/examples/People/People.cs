// The program of examples/people.c in C#: some records in, one out again, and all of them in order.
using System;
using System.Text;
using WombatDb;

using WombatDatabase db = WombatDatabase.Open("people");
db.Put("ada"u8, "1815"u8);
db.Put("grace"u8, "1906"u8);
db.Put("alan"u8, "1912"u8);
db.Delete("alan"u8);
foreach (var (name, year) in db.Scan())
{
    Console.WriteLine($"{Encoding.UTF8.GetString(name)} was born in {Encoding.UTF8.GetString(year)}");
}

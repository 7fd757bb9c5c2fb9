// The program of examples/bank.c in C#: four threads move money between accounts, which lie in two keyspaces; the sum stays the same.
using System;
using System.Linq;
using System.Threading;
using WombatDb;

const int Accounts = 10, Transfers = 1000, Tellers = 4, BalanceAtFirst = 100;

var options = new WombatOptions().Parse("wal.sync=os; retry.attempts=1000");
using WombatDatabase db = WombatDatabase.Open("bank", options);
foreach (string name in new[] { "checking", "savings" }.Except(db.GetKeyspaces()))
{
    db.CreateKeyspace(name);
}
using WombatDatabase checking = db.OpenKeyspace("checking"), savings = db.OpenKeyspace("savings");
TypedStore<int, long>[] banks = [Balances(checking), Balances(savings)];

db.RunInTransaction(txn =>
{
    foreach (TypedStore<int, long> bank in banks)
    {
        for (int account = 0; account < Accounts; ++account)
        {
            bank.Put(txn, account, BalanceAtFirst);
        }
    }
});
int retries = 0;
Thread[] tellers = Enumerable.Range(0, Tellers).Select(seed => new Thread(() => Serve(new Random(seed)))).ToArray();
Array.ForEach(tellers, teller => teller.Start());
Array.ForEach(tellers, teller => teller.Join());

long sum = db.RunInTransaction(txn => banks.Sum(bank => bank.Range(txn, 0, Accounts).Sum(row => row.Value)),
    new TransactionOptions { ReadOnly = true });
Console.WriteLine($"{Tellers * Transfers} transfers, {retries} of them tried again; the accounts hold {sum}");
return sum == 2 * Accounts * BalanceAtFirst ? 0 : 1;

static TypedStore<int, long> Balances(WombatDatabase keyspace) => new(keyspace, KeyCodecs.Int32, ValueCodecs.Int64);

void Serve(Random random)
{
    for (int i = 0; i < Transfers; ++i)
    {
        TypedStore<int, long> from = banks[random.Next(2)], to = from == banks[0] ? banks[1] : banks[0];
        int payer = random.Next(Accounts), receiver = random.Next(Accounts), amount = 1 + random.Next(20);
        int repeated = db.RunInTransaction(txn => Move(txn, from, payer, to, receiver, amount));
        Interlocked.Add(ref retries, repeated);
    }
}

// The work of one transaction. It may be done several times: it keeps nothing.
static void Move(WombatTransaction txn, TypedStore<int, long> from, int payer, TypedStore<int, long> to, int receiver, int amount)
{
    if (!from.TryGet(txn, payer, out long paid) || !to.TryGet(txn, receiver, out long received))
    {
        throw new InvalidOperationException("there is no such account");
    }
    if (paid >= amount)
    {
        from.Put(txn, payer, paid - amount);
        to.Put(txn, receiver, received + amount);
    }
}

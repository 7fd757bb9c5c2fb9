using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace WombatDb
{
    public sealed partial class WombatDatabase
    {
        /// <summary>Begins a transaction, to be disposed.</summary>
        public WombatTransaction BeginTransaction(TransactionOptions options = default) => new(this, options, 0);

        /// <summary>
        /// Does work in a transaction and commits it; after a conflict or a deadlock, of the work or of the commit, again, as often and
        /// with such pauses as the options <c>retry.*</c> of the database say. Gives what the work gave.
        /// </summary>
        /// <param name="work">
        /// The work. It may be done several times, each time in a new transaction, so it keeps nothing of what it found before; it
        /// neither commits nor rolls back itself. What it throws rolls back, and is thrown by this call as it is.
        /// <see cref="WombatTransaction.Retries"/> tells it how often it was repeated.
        /// </param>
        /// <param name="options">How each transaction goes about it.</param>
        /// <param name="timeout">
        /// Longest time of all of it, looked at between two attempts; zero: no limit. Then <see cref="WombatStatus.TimedOut"/>.
        /// </param>
        /// <param name="cancellationToken">Cancels it between two attempts, or in a pause.</param>
        /// <exception cref="WombatException">
        /// <see cref="WombatStatus.Conflict"/>, <see cref="WombatStatus.Deadlock"/>: the last attempt met one.
        /// </exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public TResult RunInTransaction<TResult>(Func<WombatTransaction, TResult> work, TransactionOptions options = default,
            TimeSpan timeout = default, CancellationToken cancellationToken = default) =>
            RunInTransaction(work, out _, options, timeout, cancellationToken);

        /// <summary>The same; <paramref name="retries"/> becomes how often the work was repeated, also when the call throws.</summary>
        public TResult RunInTransaction<TResult>(Func<WombatTransaction, TResult> work, out int retries,
            TransactionOptions options = default, TimeSpan timeout = default, CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(work);
            if (typeof(Task).IsAssignableFrom(typeof(TResult)))
            {
                throw new ArgumentException("asynchronous work would go on behind the commit; use RunInTransactionAsync", nameof(work));
            }
            retries = 0;
            var attempts = new Attempts(_core, timeout, cancellationToken);
            for (;;)
            {
                try
                {
                    using var transaction = new WombatTransaction(this, options, retries);
                    TResult result = work(transaction);
                    transaction.Commit();
                    return result;
                }
                catch (WombatException failure)
                {
                    if (!attempts.MayFollow(failure))
                    {
                        throw;
                    }
                }
                attempts.Pause();
                retries = attempts.Retries;
            }
        }

        /// <summary>The same for work that gives nothing. Gives how often it was repeated.</summary>
        public int RunInTransaction(Action<WombatTransaction> work, TransactionOptions options = default, TimeSpan timeout = default,
            CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(work);
            RunInTransaction(
                transaction =>
                {
                    work(transaction);
                    return true;
                },
                out int retries, options, timeout, cancellationToken);
            return retries;
        }

        /// <summary>
        /// <see cref="RunInTransaction{TResult}(Func{WombatTransaction, TResult}, TransactionOptions, TimeSpan, CancellationToken)"/> on
        /// the thread pool, for work that is asynchronous itself. A transaction may go from one thread to another.
        /// </summary>
        public Task<TResult> RunInTransactionAsync<TResult>(Func<WombatTransaction, Task<TResult>> work,
            TransactionOptions options = default, TimeSpan timeout = default, CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(work);
            return Task.Run(() => RunAsync(work, options, new Attempts(_core, timeout, cancellationToken)), cancellationToken);
        }

        /// <summary>The same for work that gives nothing. Gives how often it was repeated.</summary>
        public Task<int> RunInTransactionAsync(Func<WombatTransaction, Task> work, TransactionOptions options = default,
            TimeSpan timeout = default, CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(work);
            return RunInTransactionAsync(
                async transaction =>
                {
                    await work(transaction).ConfigureAwait(false);
                    return transaction.Retries;
                },
                options, timeout, cancellationToken);
        }

        /// <summary>The names of the prepared transactions that wait for a decision.</summary>
        public IReadOnlyList<string> GetPreparedTransactions() => _core.ListPrepared();

        /// <summary>Commits a prepared transaction, and gives the commit timestamp.</summary>
        /// <exception cref="WombatException"><see cref="WombatStatus.DoesNotExist"/> for an unknown name.</exception>
        public long CommitPrepared(string name) => _core.CommitPrepared(name);

        /// <summary>Drops a prepared transaction.</summary>
        /// <exception cref="WombatException"><see cref="WombatStatus.DoesNotExist"/> for an unknown name.</exception>
        public void RollbackPrepared(string name) => _core.RollbackPrepared(name);

        private async Task<TResult> RunAsync<TResult>(Func<WombatTransaction, Task<TResult>> work, TransactionOptions options,
            Attempts attempts)
        {
            for (;;)
            {
                try
                {
                    using var transaction = new WombatTransaction(this, options, attempts.Retries);
                    TResult result = await work(transaction).ConfigureAwait(false);
                    transaction.Commit();
                    return result;
                }
                catch (WombatException failure)
                {
                    if (!attempts.MayFollow(failure))
                    {
                        throw;
                    }
                }
                await attempts.PauseAsync().ConfigureAwait(false);
            }
        }
    }
}

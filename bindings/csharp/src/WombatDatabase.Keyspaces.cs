using System.Collections.Generic;

namespace WombatDb
{
    public sealed unsafe partial class WombatDatabase
    {
        /// <summary>
        /// Makes a keyspace: a set of keys of its own, stored in the same database. What is set in the options is the keyspace's own
        /// and stored with it; all else is as in the database at each open.
        /// </summary>
        /// <param name="name">1 to 255 bytes of UTF-8 without control characters.</param>
        /// <param name="options">Options that a keyspace may have for itself; a listener for messages does nothing here.</param>
        /// <exception cref="WombatException">
        /// <see cref="WombatStatus.AlreadyExists"/>; <see cref="WombatStatus.InvalidArgument"/> for an option of the whole database.
        /// </exception>
        public void CreateKeyspace(string name, WombatOptions? options = null)
        {
            long settings = options?.Create() ?? 0;
            try
            {
                _core.CreateKeyspace(name, settings);
            }
            finally
            {
                Raw.options_destroy(settings);
            }
        }

        /// <summary>
        /// Gives a keyspace as a database, to be disposed; that closes this one handle, and each call gives another. When the database
        /// is disposed, calls on its keyspaces throw <see cref="System.ObjectDisposedException"/>.
        /// </summary>
        /// <remarks>
        /// <see cref="Flush"/>, <see cref="WaitForBackgroundWork"/> and <see cref="Verify"/> do with it what they do with the keyspace
        /// alone; on the database they are about all keyspaces. <see cref="Write"/>, <see cref="Sync"/>, snapshots, statistics,
        /// transactions and the members for keyspaces are those of the whole database. The database itself is the keyspace "default".
        /// </remarks>
        /// <exception cref="WombatException"><see cref="WombatStatus.DoesNotExist"/>.</exception>
        public WombatDatabase OpenKeyspace(string name) => new(Path, _core.OpenKeyspace(name));

        /// <summary>The names of all keyspaces: "default" first, the others in order.</summary>
        public IReadOnlyList<string> GetKeyspaces() => _core.ListKeyspaces();

        /// <summary>Gives a keyspace another name. What is open of it goes on. "default" keeps its name.</summary>
        public void RenameKeyspace(string name, string newName) => _core.RenameKeyspace(name, newName);

        /// <summary>
        /// Removes a keyspace with all that is in it, at once and for good. Calls on it then fail with
        /// <see cref="WombatStatus.Dropped"/>; cursors go on with what they hold.
        /// </summary>
        public void DropKeyspace(string name) => _core.DropKeyspace(name);
    }
}

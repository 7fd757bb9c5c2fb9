// Sixteen threads move money between accounts in two keyspaces until the process is killed. Whatever moment that was,
// the accounts hold together what they held at first, and every transfer is there as a whole or not at all. Some are
// prepared and decided by the next process.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "support/seed.h"
#include "support/temp_directory.h"
#include "wombat.h"

namespace wombat {

namespace {

constexpr int kAccounts = 40;
constexpr int kThreads = 16;
constexpr long kBalanceAtFirst = 1000;

size_t count_from_environment(const char* name, size_t fallback) {
  const char* const text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 0);
}

struct Bank {
  wombat_db* db = nullptr;
  wombat_db* savings = nullptr;

  /// False: it could not be opened; `error` says why.
  bool open(const std::string& path, wombat_error* error) {
    wombat_options* options = nullptr;
    const char* const text =
        "wal.sync=os; memtable.size=131072; table.size=65536; retry.attempts=1000; retry.first_delay_ms=0; "
        "txn.timeout_ms=0";
    bool opened = wombat_options_create(&options, error) == WOMBAT_OK &&
                  wombat_options_parse(options, text, error) == WOMBAT_OK &&
                  wombat_open(path.c_str(), options, &db, error) == WOMBAT_OK;
    wombat_options_destroy(options);
    if (!opened) return false;
    const wombat_status made = wombat_keyspace_create(db, "savings", nullptr, error);
    return (made == WOMBAT_OK || made == WOMBAT_ALREADY_EXISTS) &&
           wombat_keyspace_open(db, "savings", &savings, error) == WOMBAT_OK;
  }
  wombat_status close(wombat_error* error) {
    wombat_close(savings, nullptr);
    return wombat_close(db, error);
  }
  /// Every other account lies in the second keyspace.
  wombat_db* place_of(int account) const { return account % 2 == 0 ? db : savings; }
};

std::string key_of(int account) { return "account/" + std::to_string(account); }

wombat_status read_balance(const Bank& bank, wombat_txn* txn, int account, long* balance) {
  char text[32] = {};
  size_t size = 0;
  const std::string key = key_of(account);
  const wombat_status status = wombat_txn_get(txn, bank.place_of(account), key.data(), key.size(), text,
                                              sizeof text - 1, &size, nullptr);
  *balance = std::strtol(text, nullptr, 10);
  return status;
}

wombat_status write_balance(const Bank& bank, wombat_txn* txn, int account, long balance) {
  const std::string key = key_of(account);
  const std::string text = std::to_string(balance);
  return wombat_txn_put(txn, bank.place_of(account), key.data(), key.size(), text.data(), text.size(), 0,
                        nullptr);
}

struct Transfer {
  const Bank* bank;
  int from;
  int to;
  long amount;
};

wombat_status move_money(void* user_data, wombat_txn* txn) {
  const auto& transfer = *static_cast<const Transfer*>(user_data);
  long from = 0;
  long to = 0;
  wombat_status status = read_balance(*transfer.bank, txn, transfer.from, &from);
  if (status == WOMBAT_OK) status = read_balance(*transfer.bank, txn, transfer.to, &to);
  if (status == WOMBAT_OK) status = write_balance(*transfer.bank, txn, transfer.from, from - transfer.amount);
  if (status == WOMBAT_OK) status = write_balance(*transfer.bank, txn, transfer.to, to + transfer.amount);
  return status;
}

struct Sum {
  const Bank* bank;
  long total;
};

wombat_status add_up(void* user_data, wombat_txn* txn) {
  auto& sum = *static_cast<Sum*>(user_data);
  sum.total = 0;
  for (int account = 0; account < kAccounts; ++account) {
    long balance = 0;
    const wombat_status status = read_balance(*sum.bank, txn, account, &balance);
    if (status != WOMBAT_OK) return status;
    sum.total += balance;
  }
  return WOMBAT_OK;
}

wombat_status fill_accounts(void* user_data, wombat_txn* txn) {
  const auto& bank = *static_cast<const Bank*>(user_data);
  for (int account = 0; account < kAccounts; ++account) {
    const wombat_status status = write_balance(bank, txn, account, kBalanceAtFirst);
    if (status != WOMBAT_OK) return status;
  }
  return WOMBAT_OK;
}

/// One in twenty transfers is prepared, and by half of the threads decided at once.
void transfer_by_hand(const Bank& bank, Transfer* transfer, const std::string& name, bool decides) {
  wombat_txn* txn = nullptr;
  wombat_error error = {};
  if (wombat_txn_begin(bank.db, nullptr, &txn, &error) != WOMBAT_OK) _exit(3);
  if (move_money(transfer, txn) != WOMBAT_OK) _exit(4);
  const wombat_status prepared = wombat_txn_prepare(txn, name.c_str(), &error);
  wombat_txn_destroy(txn);
  if (prepared == WOMBAT_CONFLICT) return;
  if (prepared != WOMBAT_OK) _exit(5);
  if (decides && wombat_prepared_commit(bank.db, name.c_str(), nullptr, &error) != WOMBAT_OK) _exit(6);
}

[[noreturn]] void serve_until_killed(const std::string& path, uint64_t seed) {
  Bank bank;
  wombat_error error = {};
  if (!bank.open(path, &error)) _exit(2);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&bank, seed, i] {
      std::mt19937_64 random(seed * kThreads + static_cast<uint64_t>(i));
      for (int count = 0;; ++count) {
        Transfer transfer{&bank, static_cast<int>(random() % kAccounts), 0, static_cast<long>(random() % 50)};
        transfer.to = (transfer.from + 1 + static_cast<int>(random() % (kAccounts - 1))) % kAccounts;
        if (random() % 20 == 0 && i < 2) {
          const std::string name =
              std::to_string(seed) + "-" + std::to_string(i) + "-" + std::to_string(count);
          transfer_by_hand(bank, &transfer, name, i == 0);
          continue;
        }
        wombat_error failure = {};
        const wombat_status status =
            wombat_txn_run(bank.db, nullptr, move_money, &transfer, nullptr, nullptr, &failure);
        if (status != WOMBAT_OK && status != WOMBAT_CONFLICT) _exit(7);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  _exit(8);
}

/// What the killed process left undecided is committed and dropped in turn.
size_t decide_all(const Bank& bank) {
  std::string names(1 << 20, '\0');
  size_t length = 0;
  EXPECT_EQ(wombat_prepared_list(bank.db, names.data(), names.size(), &length, nullptr), WOMBAT_OK);
  names.resize(length);
  size_t count = 0;
  for (size_t at = 0; at < names.size(); ++count) {
    const size_t end = names.find('\n', at);
    const std::string name = names.substr(at, end - at);
    wombat_error error = {};
    EXPECT_EQ(count % 2 == 0 ? wombat_prepared_commit(bank.db, name.c_str(), nullptr, &error)
                             : wombat_prepared_rollback(bank.db, name.c_str(), &error),
              WOMBAT_OK)
        << error.message;
    at = end + 1;
  }
  return count;
}

long total_of(const Bank& bank) {
  Sum sum{&bank, 0};
  wombat_error error = {};
  EXPECT_EQ(wombat_txn_run(bank.db, nullptr, add_up, &sum, nullptr, nullptr, &error), WOMBAT_OK)
      << error.message;
  return sum.total;
}

TEST(BankKill, MoneyIsNeitherMadeNorLost) {
  const SeedScope scope(16);
  const size_t kills = count_from_environment("WOMBAT_BANK_KILLS", 12);
  std::mt19937_64 random(scope.seed());
  TempDirectory directory;
  const std::string path = directory.file("bank");
  wombat_error error = {};
  {
    Bank bank;
    ASSERT_TRUE(bank.open(path, &error)) << error.message;
    ASSERT_EQ(wombat_txn_run(bank.db, nullptr, fill_accounts, &bank, nullptr, nullptr, &error), WOMBAT_OK);
    ASSERT_EQ(bank.close(&error), WOMBAT_OK);
  }
  size_t decided = 0;
  uint64_t commits = 0;
  for (size_t kill_number = 0; kill_number < kills; ++kill_number) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) serve_until_killed(path, scope.seed() + kill_number);
    std::this_thread::sleep_for(std::chrono::milliseconds(50 + random() % 400));
    kill(child, SIGKILL);
    int state = 0;
    ASSERT_EQ(waitpid(child, &state, 0), child);
    ASSERT_TRUE(WIFSIGNALED(state)) << "the process ended by itself, with " << WEXITSTATUS(state);

    Bank bank;
    ASSERT_TRUE(bank.open(path, &error)) << error.message;
    ASSERT_EQ(total_of(bank), kAccounts * kBalanceAtFirst) << "after kill " << kill_number;
    decided += decide_all(bank);
    ASSERT_EQ(total_of(bank), kAccounts * kBalanceAtFirst) << "after decisions, kill " << kill_number;
    ASSERT_EQ(wombat_commit_timestamp(bank.db, &commits, &error), WOMBAT_OK);
    ASSERT_EQ(bank.close(&error), WOMBAT_OK) << error.message;
  }
  printf("%zu kills, %llu commits, %zu decided afterwards\n", kills, static_cast<unsigned long long>(commits),
         decided);
  EXPECT_GT(commits, kills * 10);
  EXPECT_GT(decided, 0u);
}

}  // namespace

}  // namespace wombat

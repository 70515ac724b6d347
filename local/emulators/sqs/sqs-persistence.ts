import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { PersistenceManager } from '../../../node_modules/fauxqs/dist/persistence.js';
import { SnsStore } from '../../../node_modules/fauxqs/dist/sns/snsStore.js';
import { SqsStore } from '../../../node_modules/fauxqs/dist/sqs/sqsStore.js';
import type { SqsMessage } from '../../../node_modules/fauxqs/dist/sqs/sqsTypes.js';

const senderRowsSchema = z.array(z.object({ message_id: z.string(), sender_id: z.string() }));

/**
 * fauxqs' SQLite persistence plus what it lacks: who sent each message. Every change is written before it is
 * answered; with `synchronous = OFF` that survives `kill -9` (the system holds the pages), not a power cut.
 */
class SqsPersistence extends PersistenceManager {
  /** Set around each send, which is synchronous. */
  sender: string | undefined;
  readonly #db: DatabaseSync;
  readonly #senders = new WeakMap<SqsMessage, string>();

  constructor(folder: string) {
    super(folder);
    this.#db = this['db'];
    this.#db.exec('PRAGMA synchronous = OFF');
    this.#db.exec(
      'CREATE TABLE IF NOT EXISTS senders (message_id TEXT PRIMARY KEY, sender_id TEXT NOT NULL)',
    );
  }

  senderOf(message: SqsMessage): string | undefined {
    return this.#senders.get(message);
  }

  /** The stored queues, with their messages; those in flight stay so until their visibility ends. */
  open(): SqsStore {
    const store = new SqsStore();
    this.loadSqsAndSns(store, new SnsStore());
    const rows = senderRowsSchema.parse(this.#db.prepare('SELECT message_id, sender_id FROM senders').all());
    const senders = new Map(rows.map((row) => [row.message_id, row.sender_id]));
    store.persistence = this;
    for (const queue of store.allQueues()) {
      queue.persistence = this;
      const { ready, delayed, inflight } = queue.inspectMessages();
      for (const message of [...ready, ...delayed, ...inflight.map((entry) => entry.message)]) {
        const sender = senders.get(message.messageId);
        if (sender !== undefined) this.#senders.set(message, sender);
      }
    }
    this.#db.exec('DELETE FROM senders WHERE message_id NOT IN (SELECT message_id FROM sqs_messages)');
    return store;
  }

  override insertMessage(queueName: string, message: SqsMessage): void {
    super.insertMessage(queueName, message);
    // A move to a dead-letter queue also comes here, outside a send: the message keeps its sender.
    const sender = this.sender ?? this.#senders.get(message);
    if (sender === undefined) return;
    this.#senders.set(message, sender);
    this.#db.prepare('INSERT OR REPLACE INTO senders VALUES (?, ?)').run(message.messageId, sender);
  }

  override deleteMessage(messageId: string): void {
    super.deleteMessage(messageId);
    this.#db.prepare('DELETE FROM senders WHERE message_id = ?').run(messageId);
  }

  /** fauxqs 2.4 writes NULL into a NOT NULL column here, so that visibility 0 fails: keep the counts instead. */
  override updateMessageReady(messageId: string): void {
    this.#db
      .prepare(
        'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
      )
      .run(messageId);
  }
}

export { SqsPersistence };

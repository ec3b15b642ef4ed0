// What a program built on imapflow does with a mailbox. Arguments: port, file of the authority, address; the password is on the standard
// input, where no list of processes shows it. Ends with 0 when everything was as it should be.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const { once } = require('node:events');
const { ImapFlow } = require('imapflow');

const [port, authority, user] = process.argv.slice(2);
const pass = fs.readFileSync(0, 'utf8').trim();
const client = (more = {}) => new ImapFlow({
    host: 'localhost', port: Number(port), secure: true, auth: { user, pass }, logger: false, tls: { ca: fs.readFileSync(authority) }, ...more,
});
const message = (subject, text = 'Hello') => `Subject: ${subject}\r\nMessage-ID: <${subject}@x.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n`;
const all = async iterable => { const found = []; for await (const each of iterable) found.push(each); return found; };

async function main() {
    const [one, two] = [client({ qresync: true }), client()];
    await one.connect();
    await two.connect();
    await handlesFolders(one);
    await readsFindsAndFlags(one);
    await movesAndDeletes(one);
    await hearsOfOthers(one, two);
    await one.logout();
    await two.logout();
}

async function handlesFolders(imap) {
    const folders = await imap.list();
    assert.deepEqual(folders.map(f => f.specialUse).filter(Boolean).sort(), ['\\Archive', '\\Drafts', '\\Inbox', '\\Junk', '\\Sent', '\\Trash']);
    assert.equal((await imap.mailboxCreate(['Prüfung', '2026'])).created, true);
    await imap.mailboxRename('Prüfung/2026', 'Prüfung/2027');
    await imap.mailboxSubscribe('Prüfung/2027');
    assert.ok((await imap.list()).some(f => f.path === 'Prüfung/2027' && f.subscribed));
    await imap.mailboxUnsubscribe('Prüfung/2027');
    await imap.mailboxDelete('Prüfung/2027');
    assert.ok(!(await imap.list()).some(f => f.path === 'Prüfung/2027'));
}

async function readsFindsAndFlags(imap) {
    await imap.append('INBOX', message('first', 'Zażółć gęślą jaźń'), ['\\Seen']);
    await imap.append('INBOX', message('second'), ['\\Flagged'], new Date('2026-01-02T03:04:05Z'));
    await imap.append('INBOX', message('third'));
    assert.equal((await imap.status('INBOX', { messages: true, unseen: true })).unseen, 2);
    const lock = await imap.getMailboxLock('INBOX');
    try {
        const read = await all(imap.fetch('1:*', { envelope: true, bodyStructure: true, source: true, internalDate: true, flags: true, threadId: true }));
        assert.deepEqual(read.map(m => m.envelope.subject), ['first', 'second', 'third']);
        assert.match(read[0].source.toString(), /Zażółć gęślą jaźń/);
        assert.equal(read[0].bodyStructure.type, 'text/plain');
        assert.equal(read[1].internalDate.toISOString(), '2026-01-02T03:04:05.000Z');
        assert.match(read[0].emailId, /^M[0-9a-f]{32}$/);
        const { content } = await imap.download('1', '1');
        assert.match(Buffer.concat(await all(content)).toString(), /jaźń/);
        assert.deepEqual(await imap.search({ seen: false }), [2, 3]);
        assert.deepEqual(await imap.search({ subject: 'third' }, { uid: true }), [read[2].uid]);
        assert.deepEqual(await imap.search({ body: 'gęślą' }), [1]);
        await imap.messageFlagsAdd('3', ['\\Answered', '$Work']);
        assert.deepEqual([...(await imap.fetchOne('3', { flags: true })).flags].filter(f => f !== '\\Recent').sort(), ['$Work', '\\Answered']);
    } finally {
        lock.release();
    }
}

async function movesAndDeletes(imap) {
    const lock = await imap.getMailboxLock('INBOX');
    try {
        assert.equal((await imap.messageCopy('1', 'Archive')).uidMap.size, 1);
        assert.equal((await imap.messageMove('2', 'Trash')).uidMap.size, 1);
        await imap.messageDelete('1');
        assert.deepEqual((await all(imap.fetch('1:*', { envelope: true }))).map(m => m.envelope.subject), ['third']);
    } finally {
        lock.release();
    }
    assert.equal((await imap.status('Archive', { messages: true })).messages, 1);
    assert.equal((await imap.status('Trash', { messages: true })).messages, 1);
}

// One idles, two changes. With QRESYNC an expunge is told by UID.
async function hearsOfOthers(one, two) {
    await one.mailboxOpen('INBOX');
    const idling = one.idle();
    const exists = once(one, 'exists');
    await two.append('INBOX', message('fourth'));
    assert.equal((await exists)[0].count, 2);

    await two.mailboxOpen('INBOX');
    const flags = once(one, 'flags');
    await two.messageFlagsAdd('2', ['\\Seen']);
    assert.ok((await flags)[0].flags.has('\\Seen'));

    const expunge = once(one, 'expunge');
    await two.messageDelete('1');
    const [gone] = await expunge;
    assert.equal(gone.vanished, true);
    assert.equal(gone.uid, 3);
    await one.noop();
    await idling;
}

main().catch(error => { console.error(error); process.exit(1); });

import {chromium} from '@playwright/test';
import {execFileSync, spawn} from 'node:child_process'; import {mkdtempSync} from 'node:fs';
const bin=process.env.RESTANTE_BIN; const data=mkdtempSync('/tmp/probe-');
execFileSync(bin,['person','add','--role','administrator','Ada','--password-stdin','--data',data],{input:'correct horse battery\n'});
const s=spawn(bin,['--data',data,'--listen','127.0.0.1:38222'],{stdio:'ignore'}); await new Promise(r=>setTimeout(r,2500));
const b=await chromium.launch({executablePath:'/usr/bin/chromium',args:['--no-sandbox','--disable-gpu']}); const p=await b.newPage();
p.on('console',m=>console.log('console',m.type(),m.text())); p.on('pageerror',e=>console.log('err',e.message,e.stack?.slice(0,600)));
p.on('requestfailed',r=>console.log('failed',r.url(),r.failure()?.errorText)); p.on('response',r=>{ if(r.status()>=400) console.log(r.status(),r.url())});
await p.goto('http://127.0.0.1:38222/sign-in'); await p.fill('#name','Ada'); await p.fill('#password','correct horse battery'); await p.click('button[type=submit]');
await p.waitForTimeout(4000); console.log(p.url(), await p.evaluate(()=>document.body.hasAttribute('data-hydrated')));
for (const u of process.argv.slice(2)) { await p.goto('http://127.0.0.1:38222'+u); await p.waitForTimeout(3000); console.log(u, await p.evaluate(()=>document.body.hasAttribute('data-hydrated'))); }
if(process.env.HTML) console.log((await (await p.request.get('http://127.0.0.1:38222/')).text()).slice(0,3500));
await b.close(); s.kill();

"""A Flask application by its test client and by a threaded server under requests."""
from flask import Flask, request, jsonify, render_template_string, session, redirect
app=Flask(__name__); app.secret_key='x'
@app.route('/')
def index(): return render_template_string('hi {{ name }}', name=request.args.get('n','w'))
@app.route('/j/<int:i>', methods=['GET','POST'])
def j(i): session['i']=i; return jsonify(i=i, m=request.method, f=request.form.to_dict(), js=request.get_json(silent=True))
@app.errorhandler(404)
def nf(e): return 'none', 404
c=app.test_client()
for r in (c.get('/?n=<b>'), c.get('/j/3'), c.post('/j/4', data={'a':'b'}), c.post('/j/5', json={'k':[1]}), c.get('/x'), c.get('/j/q')): print(r.status, r.headers.get('Content-Type'), r.get_data(as_text=True))
import threading, urllib.request
from werkzeug.serving import make_server
s=make_server('127.0.0.1',0,app,threaded=True); threading.Thread(target=s.serve_forever,daemon=True).start()
for i in range(20): print(urllib.request.urlopen(f'http://127.0.0.1:{s.server_port}/j/{i}').read())
s.shutdown()

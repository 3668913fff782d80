"""The bench's peer: the same protocol in plain FastAPI, one env per process, the whole history in every answer.

What it copies of the published Python server: sync handlers, `requests` without a session, a history of dicts with data
URLs that is made into its wire form for every answer, a plain dict returned to FastAPI (no response model, the default
JSONResponse). What it leaves out, in its own favour: that one's sleeps, prints and parsing of the prediction.
Run by uvicorn; GUEST_URL names the guest agent.
"""
import base64
import os

import requests
from fastapi import FastAPI
from pydantic import BaseModel

GUEST = os.environ["GUEST_URL"]
MAX_STEPS = 1000
DATA_URL = "data:image/jpeg;base64,"
PREFIX = "import pyautogui; import time; pyautogui.FAILSAFE = False; "

app = FastAPI()
history: list[dict] = []
state = {"steps": 0}


class Reset(BaseModel):
    task_config: dict


class Step(BaseModel):
    prediction: str


def text(role: str, value: str) -> dict:
    return {"role": role, "content": [{"type": "text", "text": value}]}


def screenshot() -> dict:
    png = requests.get(GUEST + "/screenshot", timeout=10).content
    image = DATA_URL + base64.b64encode(png).decode()
    part = {"type": "image", "image": image, "min_pixels": 3136, "max_pixels": 2116800}
    return {"role": "user", "content": [part]}


def wire_part(part: dict) -> dict:
    if part["type"] != "image":
        return part
    b64 = part["image"][len(DATA_URL) :]
    return {"type": "image", "b64": b64, "min_pixels": part["min_pixels"], "max_pixels": part["max_pixels"]}


def result(messages: list[dict] | None, done: bool) -> dict:
    wire = messages and [{"role": m["role"], "content": [wire_part(p) for p in m["content"]]} for m in messages]
    return {"env_idx": 0, "obs_messages": wire, "is_done": done, "format_reward": 0.0}


@app.get("/health")
def health():
    return {"status": "ok"}


@app.post("/env/reset")
def reset(body: Reset):
    state["steps"] = 0
    history[:] = [text("system", "Your are a helpful assistant."), text("user", body.task_config["instruction"]), screenshot()]
    return result(history, False)


@app.post("/env/step")
def step(body: Step):
    code = PREFIX + "pyautogui.click(100.0, 200.0, button='left')"
    requests.post(GUEST + "/execute", json={"command": ["python", "-c", code], "shell": False}, timeout=90)
    state["steps"] += 1
    history.append(text("assistant", body.prediction))
    if state["steps"] >= MAX_STEPS:
        return result(None, True)
    history.append(screenshot())
    return result(history, False)
